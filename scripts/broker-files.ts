// `npm run broker:files` creates .broker/, which compose.yaml mounts: Kafka's configuration, certificates and
// a user with a random password.
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { randomClusterId } from '../test/kafka/support/cluster-id.ts';
import { scramUsers, serverProperties } from '../test/kafka/support/server-properties.ts';
import { createCertificateAuthority } from '../test/support/certificates.ts';

const folder = fileURLToPath(new URL('../.broker/', import.meta.url));
const user = { username: 'quix', password: randomBytes(16).toString('hex') };
const authority = await createCertificateAuthority('Local broker CA');
const { key, certificate } = await authority.issue(['localhost']);
const ports = [{ saslSsl: 9093, plaintext: 9092, controller: 9094 }];
const format = ['format', '--ignore-formatted', '--config /broker/server.properties'];
const clusterId = randomClusterId();
const scram = scramUsers(user).map((argument) =>
  argument.startsWith('--') ? argument : `'${argument}'`,
);

const files = {
  'keystore.pem': key + certificate,
  'ca.pem': authority.certificate,
  'server.properties': serverProperties({
    index: 0,
    ports,
    folder: '/broker',
    user,
    listenOn: '0.0.0.0',
  }),
  // Kafka does not start with the data of another cluster id, which an earlier run of this script left.
  'start.sh': `set -e
grep -qsF 'cluster.id=${clusterId}' /broker/data/meta.properties || rm -rf /broker/data
/opt/kafka/bin/kafka-storage.sh ${format.join(' ')} --cluster-id ${clusterId} ${scram.join(' ')}
exec /opt/kafka/bin/kafka-server-start.sh /broker/server.properties
`,
  'user.json': `${JSON.stringify(user)}\n`,
};
mkdirSync(folder, { recursive: true });
for (const [name, text] of Object.entries(files))
  writeFileSync(folder + name, text, { mode: 0o600 });
console.log(`Created ${Object.keys(files).join(', ')} in .broker/. The password is in user.json.`);
