// Fonts of the documents we print: the web fonts' pieces as TrueType, which the typesetter reads, and the list of characters
// they have, so that a character without a glyph is found before anything is printed.
import { access, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import wawoff2 from "wawoff2";

const FONTS = [
  { module: "@fontsource-variable/noto-sans-sc", files: /-wght-normal\.woff2$/ },
  { module: "@fontsource-variable/inter", files: /^inter-latin(-ext)?-wght-normal\.woff2$/ },
];

/**
 * Writes the fonts, unless those of the same versions are there.
 * @param {{modules: string, out: string}} where node_modules, and the folder that is written
 * @returns {Promise<number>} how many files there are
 */
export async function writeFonts({ modules, out }) {
  const versions = await Promise.all(
    FONTS.map(async ({ module }) => JSON.parse(await readFile(path.join(modules, module, "package.json"), "utf8"))),
  );
  const made = versions.map(({ name, version }) => `${name}@${version}`).join(" ");
  const list = path.join(out, "coverage.json");
  const there = await access(list).then(async () => JSON.parse(await readFile(list, "utf8")), () => null);
  if (there?.made === made) return there.files;
  const fresh = `${out}.new`;
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh, { recursive: true });
  const characters = new Set();
  let files = 0;
  for (const { module, files: wanted } of FONTS) {
    const folder = path.join(modules, module, "files");
    for (const name of (await readdir(folder)).filter((one) => wanted.test(one)).sort()) {
      const font = Buffer.from(await wawoff2.decompress(await readFile(path.join(folder, name))));
      for (const character of charactersOf(font)) characters.add(character);
      await writeFile(path.join(fresh, name.replace(/woff2$/, "ttf")), font);
      files += 1;
    }
  }
  await writeFile(path.join(fresh, "coverage.json"), JSON.stringify({ made, files, ranges: ranges(characters) }));
  await rm(out, { recursive: true, force: true });
  await rename(fresh, out);
  return files;
}

/** The characters a TrueType font has a glyph for, from its `cmap` (formats 4 and 12; OpenType specification, "cmap"). */
function* charactersOf(font) {
  const tables = font.readUInt16BE(4);
  for (let at = 12; at < 12 + tables * 16; at += 16) {
    if (font.toString("latin1", at, at + 4) !== "cmap") continue;
    const cmap = font.readUInt32BE(at + 8);
    for (let one = 0; one < font.readUInt16BE(cmap + 2); one += 1) {
      const table = cmap + font.readUInt32BE(cmap + 4 + one * 8 + 4);
      const format = font.readUInt16BE(table);
      if (format === 4) yield* format4(font, table);
      else if (format === 12) yield* format12(font, table);
    }
  }
}

function* format4(font, table) {
  const segments = font.readUInt16BE(table + 6);
  const [ends, starts, deltas, offsets] = [14, 16 + segments, 16 + 2 * segments, 16 + 3 * segments].map((by) => table + by);
  for (let at = 0; at < segments; at += 2) {
    const [end, start, delta, offset] = [ends, starts, deltas, offsets].map((list) => font.readUInt16BE(list + at));
    for (let character = start; character <= end && character < 0xffff; character += 1) {
      const glyph = offset ? font.readUInt16BE(offsets + at + offset + 2 * (character - start)) : (character + delta) & 0xffff;
      if (glyph) yield character;
    }
  }
}

function* format12(font, table) {
  for (let group = 0; group < font.readUInt32BE(table + 12); group += 1) {
    const at = table + 16 + group * 12;
    for (let character = font.readUInt32BE(at); character <= font.readUInt32BE(at + 4); character += 1) yield character;
  }
}

function ranges(characters) {
  const found = [];
  for (const character of [...characters].sort((a, b) => a - b)) {
    const last = found.at(-1);
    if (last && last[1] === character - 1) last[1] = character;
    else found.push([character, character]);
  }
  return found;
}
