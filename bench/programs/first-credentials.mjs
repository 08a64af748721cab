// Requests credentials as a user's program does, then prints the workspace id.
import process from 'node:process';
import { QuixStreamingClient } from 'quix-streams-auth';

const credentials = await new QuixStreamingClient().getBrokerCredentials();
process.stdout.write(`${credentials.workspaceId}\n`);
