// Builds dist/: one style sheet, two scripts and the icon, named by their content, and manifest.json that maps the names.
// Run by `npm ci && npm run build`; nothing is fetched when the console runs.
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as sass from "sass";

const here = dirname(fileURLToPath(import.meta.url));
const modules = join(here, "node_modules");
const dist = join(here, "dist");
const manifest = {};

function put(name, content) {
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 12);
  const ending = extname(name);
  const named = `${name.slice(0, -ending.length)}.${hash}${ending}`;
  writeFileSync(join(dist, named), content);
  manifest[name] = named;
  return named;
}

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist, { recursive: true });

const style = sass.compile(join(here, "source", "console.scss"), {
  style: "compressed",
  loadPaths: [here, modules], // MoJ names node_modules/ itself
  quietDeps: true,
  silenceDeprecations: ["import", "if-function"],
});
if (/url\(["']?https?:/.test(style.css) || /@font-face/.test(style.css)) {
  throw new Error("the style sheet would fetch something: it must name neither a font nor another host");
}
put("console.css", style.css);
put("htmx.js", readFileSync(join(modules, "htmx.org/dist/htmx.min.js")));
const govuk = put("govuk-frontend.js", readFileSync(join(modules, "govuk-frontend/dist/govuk/govuk-frontend.min.js")));
put("console.js", readFileSync(join(here, "source", "console.js"), "utf8").replace("govuk-frontend.js", govuk));
put("favicon.svg", readFileSync(join(here, "source", "favicon.svg")));
for (const [name, from] of [["LICENSE-govuk-frontend.txt", "govuk-frontend/LICENSE.txt"], ["LICENSE-htmx.txt", "htmx.org/LICENSE"]]) {
  try {
    copyFileSync(join(modules, from), join(dist, name));
  } catch (error) {
    if (error.code !== "ENOENT") throw error; // a package without a licence file names it in its package.json
  }
}
writeFileSync(join(dist, "manifest.json"), JSON.stringify(manifest, null, 1) + "\n");
console.log(Object.values(manifest).join("\n"));
