// Settings in a .env file, as Quix's command line writes it for local development:
//
//   Quix__Sdk__Token=…
//   Quix__Broker__Address=localhost:9092     (only for a local broker: then no token is needed)
//
//   npm install quix-streams-auth dotenv
import { config } from 'dotenv';
import { QuixStreamingClient } from 'quix-streams-auth';

// Before the client is made: its constructor says QUIX_TOKEN_MISSING when there is none yet. What is set
// outside the file wins, so the same code runs inside Quix.
config({ quiet: true });

const quix = new QuixStreamingClient();
const { brokers, securityProtocol } = await quix.getBrokerCredentials();
console.log(`${brokers.join(', ')} by ${securityProtocol}`);
await quix.close();
