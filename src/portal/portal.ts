import type { GenericSchema, InferOutput } from 'valibot';
import { QuixError } from '../errors.ts';
import type { Token } from '../token/token.ts';
import type { AnswerContext } from './answer-error.ts';
import { NOT_JSON, toAnswerError, toBodyError } from './answer-error.ts';
import type { BrokerSettingsAnswer, WorkspaceAnswer } from './answers.ts';
import { containsSecret } from './error-body.ts';
import { brokerSettingsSchema, checkShape, workspacesSchema } from './answers.ts';
import type { Deadline } from './deadline.ts';
import { retry } from './retry.ts';
import { Transport, type PortalAnswer, type TransportOptions } from './transport.ts';
import { isConnectionLost } from './transport-error.ts';

/** Whose question it is, and until when it may be asked. */
export interface Inquiry {
  readonly token: Token;
  readonly deadline: Deadline;
  /** Tokens used before: an answer may echo one of them, too. */
  readonly known?: readonly Token[];
  /** One attempt, no retries. */
  readonly once?: boolean;
}

/** The Portal API's endpoints, retried and checked. Knows HTTP; knows nothing of Kafka. */
export class Portal {
  readonly #url: URL;
  readonly #transport: Transport;

  constructor(options: TransportOptions) {
    this.#url = options.portal;
    this.#transport = new Transport(options);
  }

  /** `GET /workspaces`: those that the token can see. */
  async listWorkspaces(inquiry: Inquiry): Promise<WorkspaceAnswer[]> {
    const workspaces = await this.#get(['workspaces'], workspacesSchema, inquiry, {
      asked: 'the list of workspaces',
    });
    // Ids are repeated in messages, and a server may echo anything anywhere.
    return workspaces.filter(({ workspaceId }) => !containsSecret(workspaceId, secretsOf(inquiry)));
  }

  /** `GET /workspaces/{workspaceId}/broker/librdkafka` */
  async getBrokerSettings(workspaceId: string, inquiry: Inquiry): Promise<BrokerSettingsAnswer> {
    const path = ['workspaces', workspaceId, 'broker', 'librdkafka'];
    return await this.#get(path, brokerSettingsSchema, inquiry, {
      asked: `the broker settings of workspace ${workspaceId}`,
      workspaceId,
    });
  }

  async close(): Promise<void> {
    await this.#transport.close();
  }

  async #get<S extends GenericSchema>(
    path: readonly string[],
    schema: S,
    { token, deadline, known = [], once = false }: Inquiry,
    about: Pick<AnswerContext, 'asked' | 'workspaceId'>,
  ): Promise<InferOutput<S>> {
    const { host, origin } = this.#url;
    const context: AnswerContext = {
      ...about,
      host,
      origin,
      secrets: secretsOf({ token, known }),
    };
    const attempt = async (): Promise<InferOutput<S>> => {
      const answer = await this.#transport.send({
        method: 'GET',
        path,
        token,
        signal: deadline.signal,
        // One hanging server must not use up the time in which another would have answered.
        timeoutMs: Math.max(1_000, deadline.timeoutMs / 2),
      });
      return readAnswer(answer, schema, context);
    };
    if (once) return await attempt();
    return await retry(attempt, deadline, (error) => isConnectionLost(error.cause));
  }
}

function secretsOf({ token, known = [] }: Pick<Inquiry, 'token' | 'known'>): string[] {
  return [token, ...known].map((each) => each.reveal());
}

function readAnswer<S extends GenericSchema>(
  answer: PortalAnswer,
  schema: S,
  context: AnswerContext,
): InferOutput<S> {
  if (answer.status < 200 || answer.status >= 300) throw toAnswerError(answer, context);
  const text = answer.text.trim(); // .NET may begin it with a byte order mark
  if (text === '') throw toBodyError(answer, 'the body is empty', context);
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    // Node's own message would quote the body.
    throw toBodyError(answer, NOT_JSON, context);
  }
  const checked = checkShape(schema, body);
  if ('problem' in checked) throw toBodyError(answer, checked.problem, context);
  return checked.value;
}

/** The reason that a deadline aborts with. */
export function deadlineError(host: string, timeoutMs: number): QuixError {
  return new QuixError(
    'QUIX_PORTAL_UNAVAILABLE',
    `The Portal at ${host} gave no answer within ${timeoutMs} ms.`,
    {
      retryable: true,
      hint: 'Check the network between here and there, or raise timeoutMs.',
    },
  );
}
