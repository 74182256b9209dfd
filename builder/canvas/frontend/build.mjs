// Bundles the canvas into ../assets and records which sources it was made of.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { build } from "esbuild";

const SOURCES = [
  "package.json",
  "package-lock.json",
  "build.mjs",
  ...readdirSync("src").map((name) => `src/${name}`),
].sort();
const OUT = "../assets";

const result = await build({
  entryPoints: { canvas: "src/index.tsx" },
  outdir: OUT,
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  legalComments: "none",
  metafile: true,
  jsx: "automatic",
  define: { "process.env.NODE_ENV": '"production"' },
});

const packages = new Set();
for (const input of Object.keys(result.metafile.inputs)) {
  const found = input.match(/node_modules\/((?:@[^/]+\/)?[^/]+)\//);
  if (found) packages.add(found[1]);
}

function licenceOf(name) {
  const folder = `node_modules/${name}`;
  const about = JSON.parse(readFileSync(`${folder}/package.json`, "utf8"));
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  const text = file && existsSync(`${folder}/${file}`) ? readFileSync(`${folder}/${file}`, "utf8").trim() : "";
  return `${name} ${about.version} (${about.license})\n\n${text || `Licence as declared by the package: ${about.license}`}\n`;
}

const heading = "What canvas.js and canvas.css contain of others, under their licences.\n";
const rule = `\n${"-".repeat(80)}\n\n`;
writeFileSync(`${OUT}/THIRD-PARTY-LICENCES.txt`, [heading, ...[...packages].sort().map(licenceOf)].join(rule));

const hash = createHash("sha256");
for (const name of SOURCES) hash.update(`${name}\n`).update(readFileSync(name));
writeFileSync(`${OUT}/sources.sha256`, `${hash.digest("hex")}\n`);
