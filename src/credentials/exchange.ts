import type { Token } from '../token/index.ts';
import type { PortalSession, QuestionTokens } from '../workspace/portal-session.ts';
import type { BrokerSettings } from './broker-credentials.ts';
import { parseBrokerSettings } from './broker-settings.ts';

/** What an exchange leads to. */
export interface ExchangeResult {
  readonly settings: BrokerSettings;
  /** The token that the Portal accepted. */
  readonly token: Token;
}

/** Exchanges a token for the settings of its workspace's broker. */
export async function exchange(
  session: PortalSession,
  tokens: QuestionTokens,
): Promise<ExchangeResult> {
  const { value, token } = await session.askInWorkspace(
    tokens,
    async (portal, inquiry, workspaceId) =>
      parseBrokerSettings(await portal.getBrokerSettings(workspaceId, inquiry), workspaceId),
  );
  return { settings: value, token };
}
