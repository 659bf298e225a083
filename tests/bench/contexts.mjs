// The contexts that are built into Hallmark, for the programs that are measured beside it.
import {readFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';

const FOLDER = join(dirname(fileURLToPath(import.meta.url)), '../../config/contexts');

// URL -> file of the usual text of each context, from config/contexts/index.
export function readIndex() {
  const files = new Map();
  let urls = [];
  let open = true;
  for (const line of readFileSync(join(FOLDER, 'index'), 'utf8').split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    if (!line.startsWith(' ')) {
      urls = open ? [...urls, line] : [line];
      open = true;
    } else if (open) {
      const [kind, path] = line.trim().split(/\s+/)[3].split(/:(.*)/);
      urls.forEach(url => files.set(url, join(FOLDER, kind === 'npm' ? 'node_modules' : '.', path)));
      urls = [];
      open = false;
    }
  }
  return files;
}
