// Builds what the pages load: one style sheet, one script, the charts, the font and the icon sprite.
// Nothing built is committed; `npm run build` writes to src/yuju/console/static/console/build/.
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { watch } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import esbuild from "esbuild";
import { PurgeCSS } from "purgecss";
import { writeFonts } from "./fonts.mjs";
import { readIcons } from "./icons.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));
const source = path.join(here, "..", "src", "yuju");
const out = path.join(source, "console", "static", "console", "build");
const fonts = path.join(source, "kit", "fonts");
const scanned = /\.(html|py|js)$/;

async function filesUnder(folder) {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile() && scanned.test(entry.name))
    .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name))
    .filter((name) => !name.startsWith(out) && !name.includes(`${path.sep}migrations${path.sep}`))
    .sort();
}

/** Tabler's style sheet, only the rules whose names occur in our templates, Python or scripts. */
function tabler(files) {
  return {
    name: "tabler",
    setup(build) {
      build.onResolve({ filter: /^tabler$/ }, () => ({ path: "tabler", namespace: "tabler" }));
      build.onLoad({ filter: /.*/, namespace: "tabler" }, async () => {
        const raw = await readFile(path.join(here, "node_modules/@tabler/core/dist/css/tabler.min.css"), "utf8");
        const content = await Promise.all(files.map(async (name) => ({ raw: await readFile(name, "utf8"), extension: "html" })));
        const [result] = await new PurgeCSS().purge({
          content,
          css: [{ raw }],
          defaultExtractor: (text) => text.match(/[A-Za-z0-9_-]+/g) ?? [],
          safelist: { standard: [/^data-bs-theme$/, "html", "body"] },
          keyframes: true,
          variables: true,
        });
        return { contents: result.css, loader: "css", resolveDir: here };
      });
    },
  };
}

async function build() {
  const started = Date.now();
  const files = [...(await filesUnder(source)), ...(await filesUnder(path.join(here, "js")))];
  const sprite = await readIcons({ files, list: path.join(here, "icons.txt"), modules: path.join(here, "node_modules") });
  await writeFonts({ modules: path.join(here, "node_modules"), out: fonts });
  const fresh = `${out}.new`;
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh, { recursive: true });
  await esbuild.build({
    entryPoints: { app: path.join(here, "js/app.js"), charts: path.join(here, "js/charts.js"), portal: path.join(here, "js/portal.js"), field: path.join(here, "js/field.js") },
    outdir: fresh,
    bundle: true,
    minify: true,
    format: "iife",
    target: ["chrome100", "firefox100", "safari15"],
    legalComments: "none",
    logLevel: "warning",
  });
  await esbuild.build({
    entryPoints: { app: path.join(here, "css/app.css"), portal: path.join(here, "css/portal.css"), field: path.join(here, "css/field.css") },
    outdir: fresh,
    bundle: true,
    minify: true,
    target: ["chrome100", "firefox100", "safari15"],
    loader: { ".woff2": "file" },
    assetNames: "[name]",
    legalComments: "none",
    logLevel: "warning",
    plugins: [tabler(files)],
  });
  await writeFile(path.join(fresh, "icons.svg"), sprite.svg);
  // Swapped in at once, so that a server that is running never sees half a build.
  await rm(out, { recursive: true, force: true });
  await rename(fresh, out);
  const sizes = await Promise.all(
    (await readdir(out)).sort().map(async (name) => {
      const bytes = await readFile(path.join(out, name));
      return `${name} ${(gzipSync(bytes).length / 1024).toFixed(1)} KB`;
    }),
  );
  console.log(`assets: ${sizes.join(", ")} (gzip), ${sprite.count} icons, ${Date.now() - started} ms`);
}

await build();

if (process.argv.includes("--watch")) {
  let timer;
  const again = (_event, name) => {
    if (!name || name.includes(`static${path.sep}console${path.sep}build`)) return;
    clearTimeout(timer);
    timer = setTimeout(() => build().catch((error) => console.error(error.message)), 150);
  };
  for (const folder of [source, path.join(here, "css"), path.join(here, "js")]) watch(folder, { recursive: true }, again);
}
