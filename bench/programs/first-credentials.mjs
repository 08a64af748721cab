// Process start to credentials, as a user's program would.
import process from 'node:process';
import { QuixStreamingClient } from 'quix-streams-auth';

const credentials = await new QuixStreamingClient().getBrokerCredentials();
process.stdout.write(`${credentials.workspaceId}\n`);
