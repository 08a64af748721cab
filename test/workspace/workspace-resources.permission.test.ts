import { describe, expect, it } from 'vitest';
import { assertPermissionQuery } from '../../src/workspace/workspace-resources.ts';
import { errorOf, errorThrown } from '../support/errors.ts';
import { closeAfterEach, makeClient, startPortal } from '../support/portal-clients.ts';

closeAfterEach();

const query = { resourceType: 'Workspace', resourceId: 'org-dev', permission: 'Read' };

describe('assertPermissionQuery', () => {
  it('accepts words and an id', () => {
    assertPermissionQuery(query);
    assertPermissionQuery({ ...query, resourceId: `a_b.c:d-${'x'.repeat(241)}` });
  });

  it.each(['resourceType', 'resourceId', 'permission'])(
    'names a wrong %s, and does not repeat it',
    (name) => {
      for (const value of ['a b&c', '', 'x'.repeat(250), undefined, 5]) {
        const wrong = { ...query, [name]: value };
        const error = errorThrown(() => {
          assertPermissionQuery(wrong);
        });
        expect(error.code).toBe('QUIX_CONFIG');
        expect(error.summary).toContain(` ${name} `);
        expect(error.message).not.toContain('a b&c');
      }
    },
  );

  it('is called before a request is sent', async () => {
    const portal = await startPortal();
    const error = await errorOf(
      makeClient(portal).checkPermission({ ...query, permission: 'a b&c' }),
    );
    expect(error.code).toBe('QUIX_CONFIG');
    expect(portal.requests).toHaveLength(0);
  });
});
