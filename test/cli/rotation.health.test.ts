import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createCertificateAuthority } from '../support/certificates.ts';
import { closeAfterEach, makeClient, startPortal } from '../support/portal-clients.ts';
import { startListener } from '../support/scripted-server.ts';
import { serve, serveHealth } from './health-server.ts';
import { rotation } from './run-rotation.ts';
import { temporaryFolder } from './temporary-folder.ts';

closeAfterEach();
const folder = temporaryFolder();

describe('the health URLs of quix-auth rotation', () => {
  it.each([
    ['a closed port', undefined, 'does not answer (ECONNREFUSED)'],
    ['a page', { status: 404, body: '<html>' }, 'does not return JSON (status 404)'],
    ['a login page', { status: 401, body: '' }, 'requires a login (status 401)'],
    ['a login in JSON', { status: 403, body: {} }, 'requires a login (status 403)'],
    [
      'an error in JSON',
      { status: 500, body: { message: 'x' } },
      'returns JSON without the result of describe() (status 500)',
    ],
    ['a redirect', { status: 302, body: '', headers: { location: '/' } }, 'redirects (status 302)'],
    ['a large response', { body: ' '.repeat(9_000_000) }, 'returns more than 8 MB'],
  ])('treats %s as unknown, and unknown as not safe', async (_, answer, problem) => {
    const portal = await startPortal();
    const url = answer ? (await serve(() => answer)).url : 'http://127.0.0.1:1';
    const { code, text } = await rotation(portal, ['--service', `orders=${url}`]);
    expect(text).toContain(problem);
    expect(text).toMatch(/Not yet: orders is unknown$/);
    expect(code).toBe(1);
  });

  it('treats a token function that was not called yet as unknown', async () => {
    const portal = await startPortal();
    const quix = makeClient(portal, { token: () => portal.token2 });
    const url = await serveHealth(() => quix.describe());
    const { text } = await rotation(portal, ['--service', `orders=${url}`]);
    expect(text).toContain('the token was not read yet → Wait until the instance connects');
    expect(text).toMatch(/Not yet: orders is unknown$/);
  });

  it('gives up on a service that does not answer in time', async () => {
    const portal = await startPortal();
    const silent = await startListener(() => undefined);
    const slow = await startListener((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{');
    });
    const args = ['--service', `silent=${silent.origin}`, '--service', `slow=${slow.origin}`];
    const { text } = await rotation(portal, [...args, '--timeout', '0.5']);
    expect(text).toContain(`${silent.origin} does not answer within 0.5 s`);
    expect(text).toContain(`${slow.origin} does not answer within 0.5 s`);
    expect(text).toMatch(/Not yet: silent and slow are unknown$/);
  });

  it('verifies the certificate of a service with --ca', async () => {
    const authority = await createCertificateAuthority();
    const identity = await authority.issue(['127.0.0.1']);
    writeFileSync(join(folder(), 'ca.pem'), authority.certificate);
    const portal = await startPortal();
    const quix = makeClient(portal, { token: portal.token2 });
    const { url } = await serve(() => ({ body: quix.describe() }), identity);
    const args = ['--service', `orders=${url}`];
    const untrusted = await rotation(portal, args);
    expect(untrusted.text).toMatch(/orders: unknown: .* does not answer \([A-Z_]+\)/);
    const trusted = await rotation(portal, [...args, '--ca', 'ca.pem'], { cwd: folder() });
    expect(trusted.code).toBe(0);
  });
});
