import assert from "node:assert/strict";
import { test } from "node:test";
import { compilePackageFormat, packageFormats } from "./package-template.ts";
import { withCode } from "./testing/bench.ts";

const shown = { name: "app", version: "1.2-r0", source: "https://example.org/x86_64/app-1.2-r0.apk" };

const written: readonly (readonly [format: string, line: string])[] = [
  ["name-version", "app 1.2-r0"],
  ["name-version-source", `app 1.2-r0 ${shown.source}`],
  ["name=version", "app=1.2-r0"],
  ["name=version-source", `app=1.2-r0 ${shown.source}`],
  ["name-(version)", "app (1.2-r0)"],
  ["name-(version)-source", `app (1.2-r0) ${shown.source}`],
  ["packagelock", "- app=1.2-r0"],
  ["packagelock-source", `- app=1.2-r0 # ${shown.source}`],
  ["", ""],
  ["no action", "no action"],
  ["{{.Name}}", "app"],
  ["{{\n.Name\t}}", "app"],
  ["a {{- .Name -}} b", "aappb"],
  ["a  {{- /* a }} in a comment? no */ -}}  b", "ab"],
  ["{{/* comment */}}{{.Version}}", "1.2-r0"],
  ['{{"a\\t\\"b\\"}}"}}{{.Name}}', 'a\t"b"}}app'],
  ['{{`raw \\n "`}}', 'raw \\n "'],
  ['{{printf "%s|%5s|%-5s|%q|%v|%%" .Name .Name .Name .Name "x"}}', 'app|  app|app  |"app"|x|%'],
];
for (const [format, line] of written) {
  test(`the format ${JSON.stringify(format)} writes ${JSON.stringify(line)}`, () => {
    assert.equal(compilePackageFormat(format)(shown), line);
  });
}

test("the names of formats are apko's", () => {
  assert.equal(packageFormats.length, 8);
});

const refused: readonly string[] = [
  "{{ .Name",
  "{{/* open }}",
  "{{/* a */ .Name}}",
  "{{}}",
  "{{ .Nam }}",
  "{{ . }}",
  "{{ .Name .Version }}",
  "{{ if .Name }}x{{ end }}",
  "{{ range . }}{{ end }}",
  "{{ .Name | html }}",
  "{{ $x := .Name }}",
  "{{ len .Name }}",
  '{{ "open }}',
  "{{ `open }}",
  '{{ "\\x41" }}',
  "{{ printf .Name }}",
  '{{ printf "%s" }}',
  '{{ printf "%d" .Name }}',
  '{{ printf "%" .Name }}',
  '{{ printf "%s" .Name .Version }}',
  "{{-.Name}}",
];
for (const format of refused) {
  test(`the format ${format} is refused`, () => {
    assert.throws(() => compilePackageFormat(format), withCode("IMAGE_TEMPLATE"));
  });
}

test("a refusal says where, and what was meant", () => {
  assert.throws(() => compilePackageFormat("{{ .Name }} {{ .Versoin }}"), {
    message: /at character 13/,
    hint: /`\.Version`/,
  });
});
