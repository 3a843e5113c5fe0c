// Reads the interfaces and types that TypeScript files export, with their docstrings, as data for a reference.
const { readFileSync } = require('node:fs');
const ts = require('typescript');

/** The sentence of a docstring that says the default, such as "Default: `jobs`." or "Default 3, in production 5." */
const DEFAULT = /\s*Default:? (.+?)\.(?=\s|$)/;

/**
 * Every exported interface and type alias by name: its text, and for an interface its members with type, default and
 * text. A member that says nothing of itself has what its parent interface or its type says.
 */
module.exports.interfacesOf = function interfacesOf(files) {
  const known = new Map();
  const parents = new Map();
  for (const file of files) {
    const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
    const lists = listsOfWords(source);
    for (const statement of source.statements) {
      if (ts.isTypeAliasDeclaration(statement)) {
        const list = /^\(typeof (\w+)\)\[number\]$/.exec(statement.type.getText());
        known.set(statement.name.text, { text: docstring(statement), members: [], words: lists.get(list?.[1]) });
      } else if (ts.isInterfaceDeclaration(statement)) {
        const extended = statement.heritageClauses?.flatMap(({ types }) => types.map(nameOfParent)) ?? [];
        known.set(statement.name.text, {
          text: docstring(statement),
          members: statement.members.filter(ts.isPropertySignature).map(describeMember),
        });
        parents.set(statement.name.text, extended);
      }
    }
  }
  for (const name of parents.keys()) inherit(name, known, parents);
  for (const { members } of known.values()) {
    for (const member of members) {
      const names = member.type.split(' | ');
      member.text ||= known.get(names[0])?.text ?? '';
      member.type = names.map((name) => known.get(name)?.words ?? name).join(' | ');
    }
  }
  return known;
};

/** The file's constants `['a', 'b'] as const`, as the union of their words. */
function listsOfWords(source) {
  const found = source.text.matchAll(/^export const (\w+) = \[([^\]]*)\] as const/gm);
  return new Map([...found].map(([, name, words]) => [name, words.trim().split(/,\s*/).filter(Boolean).join(' | ')]));
}

/** `Parent`, also of `Omit<Parent, 'key'>`. */
function nameOfParent(type) {
  const name = type.expression.getText();
  return name === 'Omit' ? type.typeArguments[0].getText() : name;
}

function inherit(name, known, parents) {
  const own = known.get(name);
  for (const parent of parents.get(name) ?? []) {
    if (!known.has(parent)) continue;
    inherit(parent, known, parents);
    // What is handed on untouched is told in one sentence, not one row each.
    const above = known.get(parent).members.filter((member) => member.text !== '' || member.default !== '');
    const merged = above.map((member) => {
      const mine = own.members.find((each) => each.name === member.name);
      return mine === undefined
        ? member
        : { ...member, ...mine, text: mine.text || member.text, default: mine.default || member.default };
    });
    own.members = [...merged, ...own.members.filter((each) => !above.some((member) => member.name === each.name))];
  }
  parents.delete(name);
}

function describeMember(member) {
  const text = docstring(member);
  const found = DEFAULT.exec(text);
  return {
    name: member.name.getText(),
    type: member.type
      .getText()
      .replaceAll(/\s+/g, ' ')
      .replaceAll('readonly ', '')
      .replaceAll(/Readonly<(Record<[^>]*>)>/g, '$1'),
    default: found === null ? '' : found[1],
    text: text.replace(DEFAULT, '').trim(),
  };
}

function docstring(node) {
  const [doc] = ts.getJSDocCommentsAndTags(node);
  const text = doc === undefined ? '' : (ts.getTextOfJSDocComment(doc.comment) ?? '');
  return text.replaceAll(/\s+/g, ' ').trim();
}

/** A table in Markdown, its columns aligned. */
module.exports.table = function table(head, rows) {
  const cells = [head, ...rows].map((row) => row.map((cell) => cell.replaceAll('|', String.raw`\|`)));
  const widths = head.map((_, column) => Math.max(3, ...cells.map((row) => row[column].length)));
  const line = (row) => `| ${row.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`;
  const [first, ...rest] = cells;
  return [line(first), line(widths.map((width) => '-'.repeat(width))), ...rest.map(line)].join('\n');
};
