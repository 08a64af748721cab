// Settings in a .env file, as the command line of Quix writes it for local development:
//
//   Quix__Sdk__Token=…
//   Quix__Broker__Address=localhost:9092     (only for a local broker, which needs no token)
//
//   npm install quix-streams-auth dotenv
import { config } from 'dotenv';
import { QuixStreamingClient } from 'quix-streams-auth';

// Load the file before you create the client, because the constructor throws QUIX_TOKEN_MISSING
// without a token. Variables that are already set take precedence over the file, so the same code
// runs inside Quix.
config({ quiet: true });

const quix = new QuixStreamingClient();
const { brokers, securityProtocol } = await quix.getBrokerCredentials();
console.log(`${brokers.join(', ')} by ${securityProtocol}`);
await quix.close();
