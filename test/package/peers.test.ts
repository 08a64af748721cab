import { spawnSync } from 'node:child_process';
import { describe, expect, inject, it } from 'vitest';
import { runNode } from './run-node.ts';

/** The packages of the user's that each entry point works with; none of them is in the folder. */
const ADAPTERS = [
  ['confluent', 'confluentKafka', '@confluentinc/kafka-javascript'],
  ['platformatic', 'platformaticClient', '@platformatic/kafka'],
] as const;

const NEEDS_MSW = {
  isQuixError: true,
  code: 'QUIX_CONFIG',
  message:
    'quix-streams-auth/testing needs the package msw, which is not installed. Run "npm install --save-dev msw".',
};

const REPORT = `
  const report = (error) => console.log(JSON.stringify({
    isQuixError: error instanceof QuixError, code: error.code, message: error.message,
  }));`;

describe('without the package that it works with,', () => {
  it('/testing says at import which one to install', () => {
    const code = `
      import { QuixError } from 'quix-streams-auth';
      ${REPORT}
      await import('quix-streams-auth/testing').catch(report);`;
    expect(runNode('module', code)).toEqual(NEEDS_MSW);
  });

  it('/testing says at require which one to install', () => {
    const code = `
      const { QuixError } = require('quix-streams-auth');
      ${REPORT}
      try { require('quix-streams-auth/testing'); } catch (error) { report(error); }`;
    expect(runNode('commonjs', code)).toEqual(NEEDS_MSW);
  });

  it.each([
    ['module', `import 'quix-streams-auth/testing';`],
    ['commonjs', `require('quix-streams-auth/testing');`],
  ])('a %s that needs /testing ends with that advice in its first words', (type, code) => {
    const args = [`--input-type=${type}`, '-e', code];
    const { status, stderr } = spawnSync(process.execPath, args, {
      cwd: inject('folder'),
      encoding: 'utf8',
    });
    expect(status).toBe(1);
    expect(stderr).toContain(`\nQuixError: ${NEEDS_MSW.message}\n`);
  });

  it.each(ADAPTERS)('/%s says which one to install', (entry, adapter, packageName) => {
    const call = `
      const quix = new QuixStreamingClient({ token: 'sdk-' + 'a'.repeat(32) });
      try { ${adapter}(quix, undefined); } catch (error) { report(error); }`;
    const expected: unknown = {
      isQuixError: true,
      code: 'QUIX_CONFIG',
      message: expect.stringContaining(`Run "npm install ${packageName}"`) as unknown,
    };
    const imported = `
      import { QuixError, QuixStreamingClient } from 'quix-streams-auth';
      import { ${adapter} } from 'quix-streams-auth/${entry}';
      ${REPORT} ${call}`;
    expect(runNode('module', imported)).toEqual(expected);
    const required = `
      const { QuixError, QuixStreamingClient } = require('quix-streams-auth');
      const { ${adapter} } = require('quix-streams-auth/${entry}');
      ${REPORT} ${call}`;
    expect(runNode('commonjs', required)).toEqual(expected);
  });
});
