import {
  startPortalEmulator,
  type PortalEmulator,
  type PortalEmulatorOptions,
} from 'quix-streams-auth/testing';
import { onTestFinished } from 'vitest';

/** An emulator for the length of the test. */
export async function startPortal(options?: PortalEmulatorOptions): Promise<PortalEmulator> {
  const portal = await startPortalEmulator(options);
  onTestFinished(() => portal.close());
  return portal;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body, when it is JSON. */
  readonly body: unknown;
}

export interface Question extends RequestInit {
  /** `null` for none. Default: the current Token 1. */
  readonly token?: string | null;
}

/** Asks with plain `fetch`, as anyone might. */
export async function ask(
  portal: { url: string; token1: string },
  path: string,
  { token = portal.token1, ...init }: Question = {},
): Promise<Answer> {
  const headers = new Headers(init.headers);
  if (token !== null) headers.set('authorization', `Bearer ${token}`);
  const response = await fetch(portal.url + path, { redirect: 'manual', ...init, headers });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.startsWith('application/json') ?? false;
  const body: unknown = isJson && text !== '' ? tryJson(text) : undefined;
  return { status: response.status, headers: response.headers, text, body };
}

/** POSTs a topic. */
export async function postTopic(
  portal: PortalEmulator,
  topic: unknown,
  question: Question = {},
): Promise<Answer> {
  return ask(portal, `/${portal.workspaceId}/topics`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(topic),
    ...question,
  });
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
