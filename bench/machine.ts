import { availableParallelism, cpus, release, totalmem, type } from 'node:os';
import { QUIXSTREAMS_VERSION } from '../test/parity/official-client.ts';
import { PEERS } from './support/peers.ts';

/** What was measured on, with which versions, and when. */
export function machine(): string {
  const model = cpus()[0]?.model ?? 'unknown processor';
  const memory = (totalmem() / 2 ** 30).toFixed(0);
  const peers = Object.entries(PEERS).map(([name, version]) => `${name} ${version}`);
  return [
    `Measured on ${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node},`,
    `${availableParallelism()} cores (${model}), ${memory} GB, ${type()} ${release()}.`,
    `Peers: ${peers.join(', ')}, quixstreams ${QUIXSTREAMS_VERSION} (Python).`,
  ].join(' ');
}
