import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cachePath, installOnce } from './cached-install.ts';

/** Debian packages that the source builds link to. */
const PACKAGES = 'libssl-dev zlib1g-dev libzstd-dev libsasl2-dev libcurl4-openssl-dev liblz4-dev';

/**
 * Returns the folder of a package with native code. CI cannot reach the hosts of prebuilt binaries,
 * and a build takes minutes, so it is built once for each Node ABI in a cache outside the repository.
 */
export function nativeFolder(name: string, version: string, cacheName: string): string {
  const folderName = `${cacheName}-abi${process.versions.modules}`;
  const started = performance.now();
  const isBuilt = existsSync(cachePath(folderName));
  let folder: string;
  try {
    // The variable makes Confluent's package link to the libraries of the system.
    const env = { CKJS_LINKING: 'dynamic', ...nodeHeaders() };
    folder = installOnce(folderName, `${name}@${version}`, env);
  } catch (error) {
    throw new Error(`The build failed. It needs g++, make, python3 and (Debian) ${PACKAGES}.`, {
      cause: error,
    });
  }
  if (!isBuilt) {
    const seconds = Math.round((performance.now() - started) / 1000);
    console.log(`${name} ${version} was built for Node ${process.versions.node} in ${seconds} s.`);
  }
  return join(folder, 'node_modules', name);
}

/** Returns the headers of the running Node for node-gyp. The npm package `node` contains them. */
function nodeHeaders(): NodeJS.ProcessEnv {
  const prefix = dirname(dirname(process.execPath));
  const packaged = join(prefix, 'node_modules', `node-${process.platform}-${process.arch}`);
  const nodedir = [prefix, packaged].find((folder) =>
    existsSync(join(folder, 'include', 'node', 'node_version.h')),
  );
  return nodedir === undefined ? {} : { npm_config_nodedir: nodedir };
}
