import type { GenericSchema, InferOutput } from 'valibot';
import { QuixError } from '../errors.ts';
import type { Token } from '../token/token.ts';
import type { AnswerContext } from './answer-error.ts';
import { NOT_JSON, toAnswerError, toBodyError } from './answer-error.ts';
import type { BrokerSettingsAnswer, TopicAnswer, WorkspaceAnswer } from './answers.ts';
import { cleanText, containsSecret } from './error-body.ts';
import {
  brokerSettingsSchema,
  checkShape,
  permissionSchema,
  topicSchema,
  topicsSchema,
  workspaceSchema,
  workspacesSchema,
} from './answers.ts';
import type { Deadline } from './deadline.ts';
import { retry } from './retry.ts';
import {
  Transport,
  type PortalAnswer,
  type PortalRequest,
  type TransportOptions,
} from './transport.ts';
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

/** How a {@link Portal} is made. */
export interface PortalOptions extends TransportOptions {
  /** Hears of each attempt. */
  readonly debug?: (message: string) => void;
}

/** The Portal API's endpoints, retried and checked. Knows HTTP; knows nothing of Kafka. */
export class Portal {
  readonly #url: URL;
  readonly #transport: Transport;
  readonly #debug: PortalOptions['debug'];

  constructor(options: PortalOptions) {
    this.#url = options.portal;
    this.#transport = new Transport(options);
    this.#debug = options.debug;
  }

  /** HTTP requests sent so far. */
  get requests(): number {
    return this.#transport.requests;
  }

  /** `GET /workspaces`: those that the token can see. */
  async listWorkspaces(inquiry: Inquiry): Promise<WorkspaceAnswer[]> {
    const workspaces = await this.#send(['workspaces'], workspacesSchema, inquiry, {
      asked: 'the list of workspaces',
    });
    // Ids and names are repeated in messages, and a server may echo anything anywhere.
    const secrets = secretsOf(inquiry);
    return workspaces
      .filter(({ workspaceId }) => !containsSecret(workspaceId, secrets))
      .map((workspace) => ({
        ...workspace,
        name: workspace.name && cleanText(workspace.name, secrets),
      }));
  }

  /** `GET /workspaces/{workspaceId}` */
  async getWorkspace(workspaceId: string, inquiry: Inquiry): Promise<WorkspaceAnswer> {
    return await this.#send(['workspaces', workspaceId], workspaceSchema, inquiry, {
      asked: `workspace ${workspaceId}`,
      workspaceId,
    });
  }

  /** `GET /workspaces/{workspaceId}/broker/librdkafka` */
  async getBrokerSettings(workspaceId: string, inquiry: Inquiry): Promise<BrokerSettingsAnswer> {
    const path = ['workspaces', workspaceId, 'broker', 'librdkafka'];
    return await this.#send(path, brokerSettingsSchema, inquiry, {
      asked: `the broker settings of workspace ${workspaceId}`,
      workspaceId,
    });
  }

  /** `GET /{workspaceId}/topics` */
  async listTopics(workspaceId: string, inquiry: Inquiry): Promise<TopicAnswer[]> {
    const topics = await this.#send([workspaceId, 'topics'], topicsSchema, inquiry, {
      asked: `the topics of workspace ${workspaceId}`,
      workspaceId,
    });
    return topics
      .filter(({ id, name }) => !containsSecret(`${id} ${name}`, secretsOf(inquiry)))
      .map((topic) => withCleanError(topic, inquiry));
  }

  /** `GET /{workspaceId}/topics/{name}` */
  async getTopic(workspaceId: string, name: string, inquiry: Inquiry): Promise<TopicAnswer> {
    const topic = await this.#send([workspaceId, 'topics', name], topicSchema, inquiry, {
      asked: `the topic ${name}`,
      workspaceId,
      topic: name,
    });
    return withCleanError(topic, inquiry);
  }

  /** `POST /{workspaceId}/topics`: one attempt, because a second one might find the first one's topic. */
  async createTopic(
    workspaceId: string,
    topic: { readonly name: string; readonly configuration?: object | undefined },
    inquiry: Inquiry,
  ): Promise<TopicAnswer> {
    const about = { asked: `the creation of the topic ${topic.name}`, workspaceId };
    const once = { ...inquiry, once: true };
    const created = await this.#send([workspaceId, 'topics'], topicSchema, once, about, {
      body: topic,
    });
    return withCleanError(created, inquiry);
  }

  /** `GET /auth/permissions/query`: a denial is 200 with `false`. */
  async queryPermission(query: Record<string, string>, inquiry: Inquiry): Promise<boolean> {
    const path = ['auth', 'permissions', 'query'];
    return await this.#send(path, permissionSchema, inquiry, { asked: 'a permission' }, { query });
  }

  async close(): Promise<void> {
    await this.#transport.close();
  }

  async #send<S extends GenericSchema>(
    path: readonly string[],
    schema: S,
    { token, deadline, known = [], once = false }: Inquiry,
    about: Pick<AnswerContext, 'asked' | 'workspaceId' | 'topic'>,
    { query, body }: Pick<PortalRequest, 'query' | 'body'> = {},
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
        method: body ? 'POST' : 'GET',
        path,
        query,
        body,
        token,
        signal: deadline.signal,
        // One hanging server must not use up the time in which another would have answered.
        timeoutMs: Math.max(1_000, deadline.timeoutMs / 2),
      });
      this.#debug?.(`${host} answered ${answer.status} when asked for ${about.asked}.`);
      return readAnswer(answer, schema, context);
    };
    if (once) return await attempt();
    return await retry(attempt, deadline, {
      isConnectionLost: (error) => isConnectionLost(error.cause),
      onWait: (delayMs, error) => {
        this.#debug?.(`${error.code} when asking for ${about.asked}: again in ${delayMs} ms.`);
      },
    });
  }
}

/** What went wrong with a topic is told to people. */
function withCleanError(topic: TopicAnswer, inquiry: Inquiry): TopicAnswer {
  const { lastError } = topic;
  return { ...topic, lastError: lastError && cleanText(lastError, secretsOf(inquiry)) };
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
