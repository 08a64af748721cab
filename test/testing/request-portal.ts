import {
  startPortalEmulator,
  type PortalEmulator,
  type PortalEmulatorOptions,
} from 'quix-streams-auth/testing';
import { onTestFinished } from 'vitest';

/** Starts an emulator that is closed when the test ends. */
export async function startPortal(options?: PortalEmulatorOptions): Promise<PortalEmulator> {
  const portal = await startPortalEmulator(options);
  onTestFinished(() => portal.close());
  return portal;
}

export interface PortalResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The parsed body if it is JSON. */
  readonly body: unknown;
}

export interface SendOptions extends RequestInit {
  /** `null` sends no token. Default: the current Token 1. */
  readonly token?: string | null;
}

/** Sends a request with the global `fetch`. */
export async function send(
  portal: { url: string; token1: string },
  path: string,
  { token = portal.token1, ...init }: SendOptions = {},
): Promise<PortalResponse> {
  const headers = new Headers(init.headers);
  if (token !== null) headers.set('authorization', `Bearer ${token}`);
  const response = await fetch(portal.url + path, { redirect: 'manual', ...init, headers });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.startsWith('application/json') ?? false;
  const body: unknown = isJson && text !== '' ? tryJson(text) : undefined;
  return { status: response.status, headers: response.headers, text, body };
}

/** Sends a request that creates a topic. */
export async function postTopic(
  portal: PortalEmulator,
  topic: unknown,
  options: SendOptions = {},
): Promise<PortalResponse> {
  return send(portal, `/${portal.workspaceId}/topics`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(topic),
    ...options,
  });
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
