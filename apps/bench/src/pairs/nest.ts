import 'reflect-metadata'
import { basename } from 'node:path'
import { Controller, Logger, Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import {
  type ClientOptions,
  type ClientProxy,
  ClientProxyFactory,
  EventPattern,
  MessagePattern,
  type MicroserviceOptions,
  Payload,
  Transport,
} from '@nestjs/microservices'
import { lastValueFrom } from 'rxjs'
import type { BrokerName } from '../../../../tooling/brokers/index.ts'
import { brokerUrl } from '../broker-server.ts'
import type { Pair, Place } from '../pair.ts'
import type { Sample } from '../payload.ts'

// It writes to the console where it is not told otherwise, also as a client.
Logger.overrideLogger(false)

const exchangeOf = ({ directory }: Place) => basename(directory)

/** As its guide has it; over RabbitMQ through a fanout exchange, so that each of several gets a copy. */
function optionsOf(broker: BrokerName, place: Place, queue: string): MicroserviceOptions {
  const url = brokerUrl(broker)
  switch (broker) {
    case 'redis': {
      const { hostname: host, port } = new URL(url)
      return { transport: Transport.REDIS, options: { host, port: Number(port) } }
    }
    case 'nats':
      return { transport: Transport.NATS, options: { servers: [url] } }
    case 'amqp':
      return {
        transport: Transport.RMQ,
        options: {
          urls: [url],
          queue,
          queueOptions: { durable: false, autoDelete: true },
          exchange: exchangeOf(place),
          exchangeType: 'fanout',
          socketOptions: { noDelay: true, clientProperties: {} },
        } as never,
      }
  }
}

/** Decorators are functions: applied by hand, since these sources are not compiled. */
function service(pattern: string, decorate: typeof EventPattern, handle: (sample: Sample) => unknown) {
  class Handler {
    handle(sample: Sample) {
      return handle(sample)
    }
  }
  const descriptor = Object.getOwnPropertyDescriptor(Handler.prototype, 'handle') as PropertyDescriptor
  decorate(pattern)(Handler.prototype, 'handle', descriptor)
  Payload()(Handler.prototype, 'handle', 0)
  Controller()(Handler)
  class Service {}
  Module({ controllers: [Handler] })(Service)
  return Service
}

async function listen(broker: BrokerName, place: Place, queue: string, root: object) {
  const app = await NestFactory.createMicroservice<MicroserviceOptions>(
    root as never,
    {
      ...optionsOf(broker, place, queue),
      logger: false,
    } as never,
  )
  await app.listen()
  return { close: () => app.close() }
}

async function connect(broker: BrokerName, place: Place): Promise<ClientProxy> {
  const options = optionsOf(broker, place, `${exchangeOf(place)}.0`)
  const client = ClientProxyFactory.create(options as ClientOptions) as ClientProxy
  await client.connect()
  return client
}

/** @nestjs/microservices on the same broker. Names are those of the place, so that nobody else hears it. */
export function nest(broker: BrokerName): Pair {
  const topic = (place: Place) => `${exchangeOf(place)}.sample`
  return {
    receive: (place, index, handle) =>
      listen(broker, place, `${exchangeOf(place)}.${index}`, service(topic(place), EventPattern, handle)),
    async send(place) {
      const client = await connect(broker, place)
      return {
        publish: sample => lastValueFrom(client.emit(topic(place), sample), { defaultValue: undefined }),
        close: async () => client.close(),
      }
    },
    answer: place =>
      listen(
        broker,
        place,
        `${exchangeOf(place)}.0`,
        service(topic(place), MessagePattern as never, ({ seq, ts, body }) => ({ seq, ts, body })),
      ),
    async ask(place) {
      const client = await connect(broker, place)
      return {
        request: sample => lastValueFrom(client.send<Sample, Sample>(topic(place), sample)),
        close: async () => client.close(),
      }
    },
  }
}
