import type { Connection, DiscoveryListener, MeshDriver, Sighting } from '@sm/mesh'

/** Breaks the links of every driver that shares it: the real wire below, faults above. */
export class Weather {
  cut = false
  frozen = false
  readonly #connections = new Set<Connection>()

  /** Ends every link, and lets none begin. */
  storm(): void {
    this.cut = true
    for (const connection of this.#connections) connection.destroy()
  }

  /** A connection that this weather reaches. */
  expose(connection: Connection): Connection {
    this.#connections.add(connection)
    return {
      remote: connection.remote,
      open: listener =>
        connection.open({
          data: chunk => {
            if (!this.frozen) listener.data(chunk)
          },
          drain: () => listener.drain(),
          closed: error => {
            this.#connections.delete(connection)
            listener.closed(error)
          },
        }),
      // Bytes that are written while frozen are lost, and the writer does not notice: as on a network that drops them.
      write: bytes => this.frozen || connection.write(bytes),
      end: () => connection.end(),
      destroy: () => connection.destroy(),
    }
  }
}

/** A driver whose links suffer from the weather. */
export class ExposedDriver implements MeshDriver {
  readonly #driver: MeshDriver
  readonly #weather: Weather

  constructor(driver: MeshDriver, weather: Weather) {
    this.#driver = driver
    this.#weather = weather
  }

  listen(accept: (connection: Connection) => void, onFault: (error: unknown) => void): Promise<void> {
    return this.#driver.listen(connection => {
      if (this.#weather.cut) connection.destroy()
      else accept(this.#weather.expose(connection))
    }, onFault)
  }

  discover(listener: DiscoveryListener): Promise<void> {
    return this.#driver.discover(listener)
  }

  async dial(sighting: Sighting, signal: AbortSignal): Promise<Connection> {
    if (this.#weather.cut) throw new Error('The wire is cut')
    return this.#weather.expose(await this.#driver.dial(sighting, signal))
  }

  forget(): void {
    // A peer behind a storm is not dead.
  }

  close(): Promise<void> {
    return this.#driver.close()
  }
}
