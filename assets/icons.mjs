// The sprite holds only the icons somebody uses: those named in templates and Python, and those of icons.txt.
import { access, readFile } from "node:fs/promises";
import path from "node:path";

const uses = [
  /\{%\s*icon\s+["']([a-z0-9-]+)["']/g, // {% icon "users" %}
  /\bicon(?:: str)?\s*[=:]\s*["']([a-z0-9-]+)["']/g, // icon="users", icon: "users"
  /["']icon["']\s*:\s*["']([a-z0-9-]+)["']/g, // "icon": "users"
];

async function exists(name) {
  return access(name).then(() => true, () => false);
}

/**
 * Reads the icons used.
 * @param {{files: string[], list: string, modules: string}} what files to scan, the explicit list, node_modules
 * @returns {Promise<{svg: string, count: number}>} the sprite
 * @throws when a name is no Tabler icon; says where it stands
 */
export async function readIcons({ files, list, modules }) {
  const found = new Map();
  for (const line of (await readFile(list, "utf8")).split("\n")) {
    const name = line.replace(/#.*/, "").trim();
    if (name) found.set(name, list);
  }
  for (const file of files) {
    const text = await readFile(file, "utf8");
    for (const pattern of uses) for (const match of text.matchAll(pattern)) if (!found.has(match[1])) found.set(match[1], file);
  }
  const symbols = [];
  const unknown = [];
  for (const [name, file] of [...found].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const svg = path.join(modules, "@tabler/icons/icons/outline", `${name}.svg`);
    if (!(await exists(svg))) {
      unknown.push(`${name} (${path.relative(process.cwd(), file)})`);
      continue;
    }
    const body = (await readFile(svg, "utf8"))
      .replace(/<!--[\s\S]*?-->/g, "")
      .match(/<svg[^>]*>([\s\S]*)<\/svg>/)[1]
      .replace(/\s*\n\s*/g, "");
    symbols.push(`<symbol id="${name}" viewBox="0 0 24 24">${body}</symbol>`);
  }
  if (unknown.length) throw new Error(`No such Tabler icon: ${unknown.join(", ")}`);
  return { svg: `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("\n")}</svg>\n`, count: symbols.length };
}
