// The languages of the code samples, and how a filled-in sample becomes a program.
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const execute = promisify(execFile);
const snippets = join(import.meta.dirname, "../../app/src/page/integrate/snippets");
/** The folder of programs that are kept from run to run. */
const work = process.env.COUNTERSIGN_TEST_SAMPLES ?? join(tmpdir(), "countersign-samples");
const python = process.env.COUNTERSIGN_TEST_PYTHON ?? "python3";

/** The values of a sample's placeholders. */
export interface Values {
  origin: string;
  product: string;
  key: string;
  pem: string;
}

export interface Language {
  name: string;
  /** The suffix of the sample's file. */
  suffix: string;
  /** The name of the written sample, and the command that runs it. */
  file: string;
  command: string[];
  /** A command that fails if something is missing, and what to install. */
  probe: string[];
  needs: string;
}

export const languages: Language[] = [
  { name: "shell", suffix: "sh", file: "sample.sh", command: ["sh", "sample.sh"],
    probe: ["sh", "-c", "curl --version && jq --version && openssl version"], needs: "curl, jq and openssl" },
  { name: "JavaScript", suffix: "js", file: "sample.mjs", command: [process.execPath, "sample.mjs"],
    probe: [process.execPath, "--version"], needs: "Node.js" },
  { name: "Python", suffix: "py", file: "sample.py", command: [python, "sample.py"],
    probe: [python, "-c", "import jwt, cryptography"], needs: "Python 3.9 with the packages of end2end/samples/requirements.txt" },
  { name: "PHP", suffix: "php", file: "sample.php", command: ["php", "sample.php"],
    probe: ["php", "-r", "exit(extension_loaded('curl') && extension_loaded('openssl') ? 0 : 1);"],
    needs: "PHP 8.1 with the curl extension (php-cli and php-curl)" },
  { name: "Rust", suffix: "rs", file: "rust/src/main.rs", command: [join(work, "rust/target/debug/sample")],
    probe: [process.env.CARGO ?? "cargo", "--version"], needs: "Rust" },
];

/** A sample with its values filled in, ready to run. */
export interface Program {
  /** Runs the sample in `folder`. Returns its exit code and its last lines. */
  run(folder: string): Promise<{ code: number; stdout: string; stderr: string }>;
}

/** Fills in a sample. The Rust sample is compiled, the others are written into the folder of each run. */
export async function prepare(language: Language, values: Values): Promise<Program> {
  const [probe, ...probeArgs] = language.probe;
  await execute(probe, probeArgs).catch((error) => {
    throw new Error(`The ${language.name} sample can't be tested: install ${language.needs}.\n${error.message}`);
  });
  const text = readFileSync(join(snippets, `machine.${language.suffix}`), "utf8")
    .replaceAll("{{ORIGIN}}", values.origin)
    .replaceAll("{{PRODUCT_ID}}", values.product)
    .replaceAll("{{PUBLIC_KEY}}", values.pem.trimEnd())
    .replaceAll("YOUR-KEY", values.key);
  if (text.includes("{{")) throw new Error(`The ${language.name} sample has an unknown placeholder.`);
  if (language.suffix === "rs") await compile(text);
  const [command, ...args] = language.command;
  return {
    run: async (folder) => {
      if (language.suffix !== "rs") writeFileSync(join(folder, language.file), text);
      const options = { cwd: folder, timeout: 30_000 };
      return execute(command, args, options)
        .then(({ stdout, stderr }) => ({ code: 0, stdout, stderr }))
        .catch(({ code, stdout, stderr }) => ({ code, stdout, stderr }));
    },
  };
}

async function compile(text: string) {
  const folder = join(work, "rust");
  mkdirSync(join(folder, "src"), { recursive: true });
  for (const file of ["Cargo.toml", "Cargo.lock"]) cpSync(join(import.meta.dirname, "rust", file), join(folder, file));
  writeFileSync(join(folder, "src/main.rs"), text);
  const cargo = process.env.CARGO ?? "cargo";
  const env = { ...process.env, CARGO_TARGET_DIR: join(folder, "target") };
  await execute(cargo, ["build", "--locked", "--quiet"], { cwd: folder, env });
}
