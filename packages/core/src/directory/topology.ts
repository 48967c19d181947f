import type { DirectoryEntry } from './directory-entry.ts'

/** An agent instance, or a transport over which several meet. */
export type TopologyNode =
  | {
      readonly kind: 'agent'
      /** The agent and its instance, `billing/01J…`. */
      readonly id: string
      readonly agent: string
      readonly isSelf: boolean
      readonly hostId?: string
      readonly processId?: number
    }
  | { readonly kind: 'transport'; readonly id: string }

/** A live link between two instances, or an instance that is heard over a transport. */
export interface TopologyEdge {
  readonly from: string
  readonly to: string
  readonly transport: string
  readonly evidence: DirectoryEntry['wires'][string]['evidence']
}

/** Who is there and how they meet, as one agent knows it. */
export interface Topology {
  readonly nodes: readonly TopologyNode[]
  readonly edges: readonly TopologyEdge[]
  /** As a Mermaid diagram: machines as boxes, links as lines. */
  toString(): string
}

const idOf = ({ agent, instance }: DirectoryEntry) => `${agent}/${instance}`

/** Draws what a directory knows. Transports with links join two agents; on others, agents meet at the transport. */
export function topologyOf(entries: readonly DirectoryEntry[]): Topology {
  const self = entries.find(({ isSelf }) => isSelf)
  const edges: TopologyEdge[] = []
  const shared = new Set<string>()
  for (const entry of entries) {
    if (entry.isSelf || !self) continue
    for (const [transport, { evidence }] of Object.entries(entry.wires)) {
      if (evidence === 'subscribed') edges.push({ from: idOf(self), to: idOf(entry), transport, evidence })
      else {
        shared.add(transport)
        edges.push({ from: idOf(entry), to: transport, transport, evidence })
      }
    }
  }
  if (self) for (const to of shared) edges.push({ from: idOf(self), to, transport: to, evidence: 'subscribed' })
  const agents = entries.map((entry): TopologyNode => {
    const { agent, isSelf, hostId, processId } = entry
    const at = { ...(hostId !== undefined && { hostId }), ...(processId !== undefined && { processId }) }
    return { kind: 'agent', id: idOf(entry), agent, isSelf, ...at }
  })
  const nodes = [...agents, ...[...shared].map(id => ({ kind: 'transport', id }) as const)]
  return { nodes, edges, toString: () => mermaid(nodes, edges) }
}

function mermaid(nodes: readonly TopologyNode[], edges: readonly TopologyEdge[]): string {
  const names = new Map(nodes.map(({ id }, i) => [id, `n${i}`]))
  const machines = new Map<string, string[]>()
  const lines: string[] = []
  for (const node of nodes) {
    const name = names.get(node.id)
    if (node.kind === 'transport') lines.push(`  ${name}([${node.id}])`)
    else {
      const machine = machines.get(node.hostId ?? '') ?? []
      machines.set(node.hostId ?? '', machine)
      const instance = node.id.slice(node.id.indexOf('/') + 1)
      machine.push(`${name}["${node.agent}<br/>${instance}${node.isSelf ? '<br/>(here)' : ''}"]`)
    }
  }
  for (const [host, agents] of machines) {
    const title = host === '' ? 'somewhere' : `machine ${host.slice(0, 8)}`
    lines.push(`  subgraph m${lines.length} ["${title}"]`, ...agents.map(agent => `    ${agent}`), '  end')
  }
  for (const { from, to, transport, evidence } of edges) {
    const line = evidence === 'silent' ? '-.-' : '---'
    lines.push(`  ${names.get(from)} ${line}|${transport}${evidence === 'silent' ? ', silent' : ''}| ${names.get(to)}`)
  }
  return ['graph LR', ...lines].join('\n')
}
