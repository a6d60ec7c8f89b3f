/** Reads a Dockerfile into stages of instructions: as much of the language as this project's Dockerfile uses. */

export interface Instruction {
  /** In capitals: FROM, RUN, COPY, … */
  readonly name: string;
  readonly flags: Readonly<Record<string, string>>;
  readonly text: string;
}

export interface Stage {
  readonly image: string;
  /** Empty when it has none. */
  readonly name: string;
  readonly instructions: readonly Instruction[];
}

export interface Dockerfile {
  /** ARGs before the first FROM, with their defaults. */
  readonly args: Readonly<Record<string, string>>;
  readonly stages: readonly Stage[];
}

const FLAG = /^--(?<flag>[a-z]+)=(?<value>\S+)\s+/;

function instructionOf(line: string): Instruction {
  const [name = ''] = line.split(/\s/, 1);
  const flags: Record<string, string> = {};
  let text = line.slice(name.length).trim();
  for (let match = FLAG.exec(text); match?.groups; match = FLAG.exec(text)) {
    flags[match.groups['flag'] ?? ''] = match.groups['value'] ?? '';
    text = text.slice(match[0].length);
  }
  return { name: name.toUpperCase(), flags, text };
}

const expand = (text: string, args: Readonly<Record<string, string>>): string =>
  text.replace(/\$\{(\w+)\}/g, (whole, name: string) => args[name] ?? whole);

/** Throws when something stands before the first FROM that may not. */
export function readDockerfile(text: string): Dockerfile {
  const lines = text
    .replace(/^\s*#.*\n/gm, '')
    .replace(/\\\n/g, ' ')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const args: Record<string, string> = {};
  const stages: { image: string; name: string; instructions: Instruction[] }[] = [];
  for (const instruction of lines.map(instructionOf)) {
    const stage = stages.at(-1);
    if (instruction.name === 'FROM') {
      const [image = '', , name = ''] = instruction.text.split(/\s+/);
      stages.push({ image: expand(image, args), name, instructions: [] });
    } else if (stage) stage.instructions.push(instruction);
    else if (instruction.name === 'ARG') {
      const [name = '', value = ''] = instruction.text.split('=');
      args[name] = value;
    } else throw new Error(`the Dockerfile has ${instruction.name} before FROM`);
  }
  return { args, stages };
}

/** Instructions of a stage by name. */
export const instructionsOf = (stage: Stage, name: string): readonly Instruction[] =>
  stage.instructions.filter((it) => it.name === name);

/** What a `.dockerignore` of whole lines lets into the build; the last line that fits decides. */
export function isInContext(path: string, ignore: string): boolean {
  const lines = ignore.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return lines.reduce((isIn, line) => {
    const pattern = line.replace(/^!/, '');
    const regex = new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '[^/]*')}(/.*)?$`);
    return regex.test(path) ? line.startsWith('!') : isIn;
  }, true);
}
