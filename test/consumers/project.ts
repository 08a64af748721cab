import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const projectsFolder = fileURLToPath(new URL('projects/', import.meta.url));

/** An example project for one toolchain, in the folder `projects/`. */
export interface Project {
  /** Name of its folder. */
  readonly name: string;
  /** Description of its test, which the table of toolchains shows. */
  readonly description: string;
  readonly folder: string;
  /** Name of the toolchain for readers. */
  readonly toolchain: string;
  /** The packages that matter for the toolchain. Their versions are part of the result. */
  readonly packages: readonly string[];
  /** `npm`, or another package manager with its version, for example `pnpm@10.1.0`. */
  readonly packageManager: string;
  /** Whether the test sends a message to a real Kafka. */
  readonly needsKafka: boolean;
  /** How many times the test gets broker credentials from the Portal of the runner. */
  readonly exchanges: number;
}

/** The parts of a project's package.json that the runner reads. */
interface Manifest {
  readonly name: string;
  readonly description: string;
  readonly toolchain: {
    readonly name: string;
    readonly packages?: readonly string[];
    readonly packageManager?: string;
    readonly needsKafka?: boolean;
    readonly exchanges?: number;
  };
}

/** Returns all projects, sorted by name. */
export function readProjects(): Project[] {
  return readdirSync(projectsFolder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort()
    .map((name) => {
      const folder = projectsFolder + name;
      const manifest = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8')) as Manifest;
      if (manifest.name !== name) {
        throw new Error(`The project in the folder ${name} has the name ${manifest.name}.`);
      }
      const { name: toolchain, ...settings } = manifest.toolchain;
      return {
        name,
        description: manifest.description,
        folder,
        toolchain,
        packages: [],
        packageManager: 'npm',
        needsKafka: false,
        exchanges: 1,
        ...settings,
      };
    });
}

/** Result of a project, which the test stores in the report for `npm run toolchains`. */
export interface ProjectResult extends Pick<Project, 'name' | 'toolchain' | 'description'> {
  /** Versions of Node and of the packages, as they were installed. */
  readonly versions: Readonly<Record<string, string>>;
  /** Duration of the installation and the test. */
  readonly seconds: number;
}
