((__load,__loadLater,__url,require)=>{"use strict";const {require_dist:require_dist}=__load("chunk-TQBLHY24.part.js");const {__toESM:__toESM}=__load("chunk-I6SLY6UU.part.js");const {defaultLimits:defaultLimits2}=__load("base.part.js");const {decodeNode:decodeNode5,openContext:openContext4}=__load("shared-image.part.js");const {readConfigText:readConfigText3}=__load("shared-image.part.js");const {readConfigText:readConfigText}=__load("shared-image.part.js");const {collectProblems:collectProblems,requireNoProblems:requireNoProblems}=__load("shared-image.part.js");async function loadEnvironmentFile(path,limits){return parseEnvironment(await readConfigText(path,limits),path)}function parseEnvironment(content,file){let text5=content.replaceAll(`\r
`,`
`),problems=collectProblems(),variables=new Map,at=skipBlankLines(text5,0);for(;at<text5.length;){let assignment=readAssignment(text5,at,variables);if(assignment===void 0){let line=text5.slice(0,at).split(`
`).length;problems.add("CONFIG_SYNTAX",{file,line,column:1},"expected `NAME=value`","write one assignment on each line"),at=endOfLine(text5,at)}else variables.set(assignment.name,assignment.value),at=assignment.end;at=skipBlankLines(text5,at)}return requireNoProblems(problems,file),Object.fromEntries(variables)}function readAssignment(text5,at,variables){let head=/(?:export[ \t]+)?([A-Za-z0-9_.]+)[ \t]*[=:][ \t]*/y;head.lastIndex=at;let match=head.exec(text5);if(match?.[1]===void 0)return;let value2=readValue(text5,head.lastIndex,variables);return value2&&{name:match[1],...value2}}function readValue(text5,at,variables){let quote=text5[at];if(quote!=="'"&&quote!=='"'){let end2=endOfLine(text5,at),bare=text5.slice(at,end2).replace(/(?:^|[ \t]+)#.*$/,"");return{value:expand(bare.trim(),variables),end:end2}}let quoted=quote==="'"?/'((?:[^'\\]|\\[^])*)'/y:/"((?:[^"\\]|\\[^])*)"/y;quoted.lastIndex=at;let body=quoted.exec(text5)?.[1];if(body===void 0)return;let end=endOfLine(text5,quoted.lastIndex);return{value:quote==="'"?body:expand(unescape(body),variables),end}}function unescape(body){return body.replace(/\\([^$])/g,(_,letter)=>({n:`
`,r:"\r"})[letter]??letter)}function expand(value2,variables){return value2.replace(/(\\)?\$(?:\{([A-Za-z0-9_]+)\}|([A-Za-z0-9_]+))/g,(whole,escaped,braced,bare)=>escaped===void 0?variables.get(braced??bare??"")??"":whole.slice(1))}function skipBlankLines(text5,at){let blank=/(?:[ \t]*(?:#[^\n]*)?(?:\n|$)|[ \t]+)*/y;return blank.lastIndex=at,at+(at<text5.length?blank.exec(text5)?.[0].length??0:0)}function endOfLine(text5,at){let end=text5.indexOf(`
`,at);return end<0?text5.length:end}const {assembleImage:assembleImage}=__load("shared-image.part.js");var buildId=1e3,defaultVariables={HOME:"/home/build",GOPATH:"/home/build/.cache/go",GOMODCACHE:"/var/cache/melange/gomodcache",UV_CACHE_DIR:"/var/cache/melange/uv",PIP_CACHE_DIR:"/var/cache/melange/pip",COMPOSER_CACHE_DIR:"/var/cache/melange/composer",npm_config_cache:"/var/cache/melange/npm"};function assembleGuest(file,place,problems){file.include.value!==""&&problems.add("CONFIG_UNSUPPORTED",file.include.place??place,"an environment cannot `include` a file","write the included keys out here");let image=assembleImage(file,problems);return{...image,accounts:withBuildAccount(image.accounts)}}function withBuildAccount(accounts){let{users,groups}=accounts,user={userName:"build",uid:buildId,gid:buildId,shell:"/bin/sh",homeDir:"/home/build"},group={groupName:"build",gid:buildId,members:["build"]};return{...accounts,users:users.some(({userName})=>userName==="build")?users:[...users,user],groups:groups.some(({groupName})=>groupName==="build")?groups:[...groups,group]}}function withBuildVariables(image,files){let environment={...[...files].reverse().reduce((all,file)=>({...all,...file}),{}),...image.environment};for(let[name,value2]of Object.entries(defaultVariables))environment[name]||=value2;return{...image,environment}}const {key:key6,list:list6,mapOf:mapOf4,mapping:mapping6,requiredKey:requiredKey2}=__load("shared-image.part.js");const {imageFile:imageFile2}=__load("shared-image.part.js");const {key:key3,list:list2,mapOf:mapOf2,mapping:mapping2,requiredKey:requiredKey}=__load("shared-image.part.js");const {decodeNode:decodeNode2,placeOf:placeOf2}=__load("shared-image.part.js");const {parseDuration:parseDuration}=__load("shared-image.part.js");const {imageFile:imageFile}=__load("shared-image.part.js");var import_yaml=__toESM(require_dist(),1);const {decodeNode:decodeNode,openContext:openContext,placeOf:placeOf}=__load("shared-image.part.js");const {key:key,list:list,mapOf:mapOf,mapping:mapping}=__load("shared-image.part.js");const {entriesOf:entriesOf}=__load("shared-image.part.js");const {collectProblems:collectProblems2,requireNoProblems:requireNoProblems2}=__load("shared-image.part.js");const {boolean:boolean,conditionText:conditionText,literalText:literalText,natural:natural,stepText:stepText,text:text}=__load("shared-image.part.js");const {parseYaml:parseYaml}=__load("shared-image.part.js");const {defaultLimits:defaultLimits}=__load("base.part.js");var input=mapping("an input",{description:key("description",literalText),default:key("default",literalText),required:key("required",boolean)}),testSteps=stepList(()=>{}),buildSteps=stepList(reportContradictions);function stepList(check){return list(stepDecoder(check))}function stepDecoder(check){let fields=stepFields(check);return{expected:"a step",decode:(node,context)=>{let step=assembleStep(fields.decode(node,context),node,context);return check(step,node,context),step},absent:()=>({...flatten(fields.absent()),line:0,places:{}})}}function stepFields(check){let children={expected:"a list of steps",decode:(node,context)=>stepList(check).decode(node,context),absent:()=>[]};return mapping("a step",{if:key("if",conditionText),name:key("name",text),uses:key("uses",literalText),with:key("with",mapOf(stepText)),runs:key("runs",stepText),pipeline:key("pipeline",children),inputs:key("inputs",mapOf(input)),needs:key("needs",mapping("`needs`",{packages:key("packages",list(stepText))})),label:key("label",text),assertions:key("assertions",mapping("`assertions`",{requiredSteps:key("required-steps",natural())})),workingDirectory:key("working-directory",stepText),environment:key("environment",mapOf(text))})}function assembleStep(fields,node,context){return{...flatten(fields),line:placeOf(node,context).line,places:textPlaces(node,context)}}function flatten({needs:needs3,assertions,...fields}){return{...fields,needs:needs3.packages,requiredSteps:assertions.requiredSteps}}function textPlaces(node,context){let places=new Map([["",{...placeOf(node,context),spelling:""}]]);for(let{name,value:value2}of childrenOf(node,context)){["if","runs","uses","working-directory"].includes(name)&&places.set(name,context.source.textPlaceOf(value2)),name==="with"&&addPlaces("with",value2,context,places);for(let child of name==="needs"?childrenOf(value2,context):[])addPlaces("needs",child.value,context,places)}return Object.fromEntries(places)}function addPlaces(prefix,node,context,places){for(let{name,value:value2}of childrenOf(node,context))places.set(`${prefix}.${name}`,context.source.textPlaceOf(value2))}function childrenOf(node,context){let target=context.source.resolve(node),silent={...context,problems:{...context.problems,add:()=>{}}},resolved=value2=>value2===null?[]:[context.source.resolve(value2)??value2];return(0,import_yaml.isSeq)(target)?target.items.flatMap((item,index)=>resolved(item).map(value2=>({name:String(index),value:value2}))):(0,import_yaml.isMap)(target)?entriesOf(target,silent).flatMap(({name,value:value2})=>resolved(value2).map(child=>({name,value:child}))):[]}function reportContradictions(step,node,context){let report=(message,hint)=>{context.problems.add("CONFIG_BAD_VALUE",placeOf(node,context),message,hint)},hasWith=Object.keys(step.with).length>0;step.uses!==""&&step.runs!==""?report("a step has both `uses` and `runs`","make two steps of it"):step.runs!==""&&hasWith?report("a step has both `runs` and `with`","write the values into `runs`, or say which pipeline `uses` means"):hasWith&&step.uses===""&&report("a step has `with` but no `uses`","say which pipeline `uses` means")}function parsePipelineDefinition(text5,file,limits=defaultLimits){let problems=collectProblems2(),source=parseYaml(file,text5,limits,problems),context=source&&{...openContext(source,problems),lenient:!0},definition=context?decodeNode(definitionStep,source.root,context):definitionStep.absent();return requireNoProblems2(problems,file),definition}var definitionStep=stepDecoder(()=>{});const {boolean:boolean2,checked:checked,conditionText:conditionText2,literalText:literalText3,mapped:mapped,natural:natural2,optional:optional,placed:placed,strictText:strictText,text:text2}=__load("shared-image.part.js");const {key:key2}=__load("shared-image.part.js");const {literalText:literalText2}=__load("shared-image.part.js");function complainAboutName(name){if(!/^[a-zA-Z\d][a-zA-Z\d+_.-]*$/.test(name))return{message:`\`${name}\` is no package name`,hint:"begin with a letter or digit and go on with those and `+`, `_`, `.`, `-`"}}function complainAboutPriority(priority2){if(!(priority2===""||/^[-+]?\d{1,18}$/.test(priority2)))return{message:`the priority \`${priority2}\` is no whole number`,hint:"write a number such as 10"}}var capabilities=["cap_net_bind_service","cap_net_admin","cap_net_raw","cap_ipc_lock","cap_sys_admin"];function complainAboutCapabilities(add){for(let[names2,flags]of Object.entries(add)){let unknown=names2.split(",").find(name=>!capabilities.includes(name));if(unknown!==void 0)return{message:`capability \`${unknown}\` may not be set`,hint:`use ${capabilities.join(", ")}`};if(!/[eip]/.test(flags))return{message:`the flags \`${flags}\` of ${names2} set nothing`,hint:"write `e`, `i`, `p` or several of them, as in `+ep`"}}}var cpeFields={part:key2("part",literalText2),vendor:key2("vendor",literalText2),product:key2("product",literalText2),edition:key2("edition",literalText2),language:key2("language",literalText2),sw_edition:key2("sw_edition",literalText2),target_sw:key2("target_sw",literalText2),target_hw:key2("target_hw",literalText2),other:key2("other",literalText2)};function complainAboutCpe(cpe2){if(cpe2.part!==void 0&&!["a","o"].includes(cpe2.part))return{message:`the CPE part is \`${cpe2.part}\``,hint:"write `a` for an application or `o` for an operating system"};if(cpe2.vendor===void 0!=(cpe2.product===void 0))return{message:"a CPE needs both vendor and product",hint:"add the other one"};let wrong=Object.entries(cpe2).find(([,value2])=>!/^[a-z\d][a-z\d+_.-]*$/.test(value2));if(wrong!==void 0)return{message:`the CPE field ${wrong[0]} is \`${wrong[1]}\``,hint:"use small letters, digits and `+`, `_`, `.`, `-`"}}var priority=checked(strictText,complainAboutPriority),dependencies=mapping2("`dependencies`",{runtime:key3("runtime",list2(strictText)),provides:key3("provides",list2(strictText)),replaces:key3("replaces",list2(strictText)),providerPriority:key3("provider-priority",priority),replacesPriority:key3("replaces-priority",priority)}),options=mapping2("`options` of a package",{noProvides:key3("no-provides",boolean2),noDepends:key3("no-depends",boolean2),noCommands:key3("no-commands",boolean2),noVersionedShlibDeps:key3("no-versioned-shlib-deps",boolean2)}),trigger=mapping2("`trigger`",{script:key3("script",text2),paths:key3("paths",list2(text2))}),scriptlets=mapping2("`scriptlets`",{trigger:key3("trigger",optional(trigger)),preInstall:key3("pre-install",text2),postInstall:key3("post-install",text2),preDeinstall:key3("pre-deinstall",text2),postDeinstall:key3("post-deinstall",text2),preUpgrade:key3("pre-upgrade",text2),postUpgrade:key3("post-upgrade",text2)}),checks=mapping2("`checks`",{disabled:key3("disabled",list2(text2))}),setCapability=mapping2("an entry of `setcap`",{path:requiredKey("path",text2),add:requiredKey("add",checked(mapOf2(text2),complainAboutCapabilities)),reason:requiredKey("reason",text2)}),copyright=mapping2("an entry of `copyright`",{license:requiredKey("license",text2),licensePath:key3("license-path",text2),paths:key3("paths",list2(text2)),attestation:key3("attestation",literalText3),detectionOverride:key3("detection-override",text2)}),cpe=checked(mapped(mapping2("`cpe`",cpeFields),fields=>Object.fromEntries(Object.entries(fields).filter(([,value2])=>value2!==""))),complainAboutCpe),resources=mapped(mapping2("`resources`",{cpu:key3("cpu",text2),cpumodel:key3("cpumodel",text2),memory:key3("memory",text2),disk:key3("disk",text2)}),amounts=>Object.fromEntries(Object.entries(amounts).filter(([,amount])=>amount!==""))),timeout={expected:"a duration such as 1h30m",decode:(node,context)=>{let spelling=decodeNode2(text2,node,context),durationMs=parseDuration(spelling);if(durationMs===void 0){let hint=/^\d+$/.test(spelling)?`write a unit: \`${spelling}s\` or \`${spelling}m\``:"write a duration such as `90s` or `1h30m`";context.problems.add("CONFIG_WRONG_TYPE",placeOf2(node,context),`expected a duration, found \`${spelling}\``,hint)}return durationMs},absent:()=>{}},packageName=checked(text2,complainAboutName),packageFields=mapping2("`package`",{name:requiredKey("name",packageName),version:requiredKey("version",text2),epoch:key3("epoch",natural2()),description:key3("description",text2),url:key3("url",text2),commit:key3("commit",text2),annotations:key3("annotations",mapOf2(text2)),targetArchitecture:key3("target-architecture",list2(text2)),copyright:key3("copyright",list2(copyright)),dependencies:key3("dependencies",dependencies),options:key3("options",options),scriptlets:key3("scriptlets",scriptlets),checks:key3("checks",checks),cpe:key3("cpe",cpe),setcap:key3("setcap",list2(setCapability)),timeoutMs:key3("timeout",timeout),resources:key3("resources",resources),testResources:key3("test-resources",resources)}),testFields=mapping2("`test`",{environment:key3("environment",imageFile),pipeline:key3("pipeline",testSteps)}),subpackageFields=mapping2("a subpackage",{if:key3("if",placed(conditionText2)),range:key3("range",literalText3),name:requiredKey("name",packageName),description:key3("description",text2),url:key3("url",text2),commit:key3("commit",text2),annotations:key3("annotations",mapOf2(text2)),pipeline:key3("pipeline",buildSteps),dependencies:key3("dependencies",dependencies),options:key3("options",options),scriptlets:key3("scriptlets",scriptlets),checks:key3("checks",checks),setcap:key3("setcap",list2(setCapability)),test:key3("test",optional(testFields))}),names=mapping2("names of packages",{add:key3("add",list2(text2)),remove:key3("remove",list2(text2))}),buildOption=mapped(mapping2("a build option",{vars:key3("vars",mapOf2(literalText3)),environment:key3("environment",mapping2("`environment` of a build option",{contents:key3("contents",mapping2("`contents` of a build option",{packages:key3("packages",names)}))}))}),({vars,environment})=>({vars,addPackages:environment.contents.packages.add,removePackages:environment.contents.packages.remove}));const {key:key4,list:list3,mapOf:mapOf3,mapping:mapping3}=__load("shared-image.part.js");const {decodeNode:decodeNode3,openContext:openContext2}=__load("shared-image.part.js");const {ignoredProblems:ignoredProblems}=__load("shared-image.part.js");const {literalText:literalText4,placed:placed2}=__load("shared-image.part.js");function scanReferences(text5){if(!text5.includes("${{"))return text5===""?[]:[{kind:"literal",spelling:text5}];let parts=[],at=0;for(let open=text5.indexOf("${{");open>=0;open=text5.indexOf("${{",at)){open>at&&parts.push({kind:"literal",spelling:text5.slice(at,open)});let part=readReference(text5,open);parts.push(part),at=open+part.spelling.length}return at<text5.length&&parts.push({kind:"literal",spelling:text5.slice(at)}),parts}var reference=/\$\{\{[ \t\r\n]*([A-Za-z0-9._-]+)[ \t\r\n]*\}\}/y;function readReference(text5,open){reference.lastIndex=open;let match=reference.exec(text5);return match?.[1]!==void 0?{kind:"reference",spelling:match[0],name:match[1]}:{kind:"malformed",spelling:"${{"}}function replaceKnown(text5,lookup){return scanReferences(text5).map(part=>part.kind==="reference"?lookup(part.name)??part.spelling:part.spelling).join("")}function expandTemplate(template,match){return template.replace(/\$(?:\$|\{(\w+)\}|(\w+))/g,(whole,braced,bare)=>{let name=braced??bare;return name===void 0?whole==="$$"?"$":whole:(/^\d+$/.test(name)?match[Number(name)]:match.groups?.[name])??""})}function replaceAllMatches(text5,pattern,template){let result="",copied=0,lastEnd=-1;for(let match of text5.matchAll(pattern)){let end=match.index+match[0].length;match[0]===""&&match.index===lastEnd||(result+=text5.slice(copied,match.index)+expandTemplate(template,match),copied=end,lastEnd=end)}return result+text5.slice(copied)}function translateRe2(pattern){let{flags,rest}=leadingFlags(pattern),at=0,source="";for(;at<rest.length;){let token=rest[at]==="["?translateClass(rest,at):translateToken(rest,at,flags);source+=token.source,at+=token.length}return new RegExp(source,flags.includes("i")?"giu":"gu")}function leadingFlags(pattern){let match=/^\(\?([ims]+)\)/.exec(pattern);return{flags:match?.[1]??"",rest:pattern.slice(match?.[0].length??0)}}var word="A-Za-z0-9_",blanks="\\t\\n\\f\\r ",posix={alnum:"A-Za-z0-9",alpha:"A-Za-z",ascii:"\\x00-\\x7F",blank:"\\t ",cntrl:"\\x00-\\x1F\\x7F",digit:"0-9",graph:"!-~",lower:"a-z",print:" -~",punct:"!-\\/:-@\\[-`\\{-~",space:"\\t\\n\\v\\f\\r ",upper:"A-Z",word,xdigit:"0-9A-Fa-f"};function translateToken(text5,at,flags){let letter=text5[at]??"";if(letter==="\\")return translateEscape(text5,at,!1);if(letter===".")return{source:flags.includes("s")?"[^]":"[^\\n]",length:1};if(letter==="^"&&flags.includes("m"))return{source:"(?<![^\\n])",length:1};if(letter==="$"&&flags.includes("m"))return{source:"(?![^\\n])",length:1};if(text5.startsWith("(?",at))return translateGroup(text5,at);let repeat=/^\{\d+(?:,\d*)?\}/.exec(text5.slice(at,at+24));return repeat!==null?{source:repeat[0],length:repeat[0].length}:{source:/[{}\]]/.test(letter)?`\\${letter}`:letter,length:1}}function translateGroup(text5,at){let opening=/^\(\?(?::|P?<([A-Za-z_]\w*)>)/.exec(text5.slice(at));if(opening!==null)return{source:opening[1]===void 0?"(?:":`(?<${opening[1]}>`,length:opening[0].length};throw/^\(\?[imsU-]+[:)]/.test(text5.slice(at))?new SyntaxError("flags are taken at the start of the pattern only, from i, m and s"):new SyntaxError(`RE2 has no \`${text5.slice(at,at+4)}\``)}function translateEscape(text5,at,inside){let rest=text5.slice(at+1),letter=rest[0];if(letter===void 0)throw new SyntaxError("trailing backslash");if(!inside&&rest.startsWith("Q"))return translateQuoted(text5,at);if(!inside&&letter==="A")return{source:"(?<![^])",length:2};if(!inside&&letter==="z")return{source:"(?![^])",length:2};if(letter==="s"||letter==="S")return{source:translateBlank(letter,inside),length:2};if(letter==="a")return{source:"\\x07",length:2};let hex=/^x\{([0-9A-Fa-f]+)\}/.exec(rest);if(hex?.[1]!==void 0)return{source:`\\u{${hex[1]}}`,length:hex[0].length+1};let property=/^([pP])(?:\{(\^?)(\w+)\}|(\w))/.exec(rest);if(property!==null)return translateProperty(property);let octal=/^0[0-7]{0,2}|^[1-7][0-7]{2}/.exec(rest);if(octal!==null)return{source:`\\u{${Number.parseInt(octal[0],8).toString(16)}}`,length:octal[0].length+1};if(/[1-9]/.test(letter))throw new SyntaxError(`RE2 has no back reference \`\\${letter}\``);if(/[a-zA-Z]/.test(letter)&&!/[bBdDwWfnrtvx]/.test(letter))throw new SyntaxError(`RE2 has no \`\\${letter}\``);return{source:keepsItsBackslash(letter,inside)?`\\${letter}`:letter,length:2}}function keepsItsBackslash(letter,inside){return/[a-zA-Z^$\\.*+?()[\]{}|/]/.test(letter)||letter==="-"&&inside}function translateBlank(letter,inside){return inside?letter==="s"?blanks:"\\x00-\\x08\\x0B\\x0E-\\x1F!-\\u{10FFFF}":letter==="s"?`[${blanks}]`:`[^${blanks}]`}function translateProperty([whole,kind="p",not="",long,short]){let name=long??short??"",negative=kind==="P"!=(not==="^"),property=/^[A-Z][a-z&]?$/.test(name)?name:`Script=${name}`;return{source:`\\${negative?"P":"p"}{${property}}`,length:whole.length+1}}function translateQuoted(text5,at){let end=text5.indexOf("\\E",at+2),body=text5.slice(at+2,end<0?void 0:end);return{source:body.replace(/[\^$\\.*+?()[\]{}|/]/g,"\\$&"),length:body.length+(end<0?2:4)}}function translateClass(text5,start){let at=start+1,source="[";text5[at]==="^"&&(source+="^",at+=1);for(let first=!0;first||text5[at]!=="]";first=!1){if(at>=text5.length)throw new SyntaxError("missing closing ]");let item=translateClassItem(text5,at);source+=item.source,at+=item.length}return{source:`${source}]`,length:at+1-start}}function translateClassItem(text5,at){let named=/^\[:(\^?)(\w+):\]/.exec(text5.slice(at));if(named!==null){let members=posix[named[2]??""];if(members===void 0||named[1]==="^")throw new SyntaxError(`unknown class ${named[0]}`);return{source:members,length:named[0].length}}if(text5[at]==="\\")return translateEscape(text5,at,!0);let letter=text5[at]??"";return{source:/[[\](){}/|]/.test(letter)?`\\${letter}`:letter,length:1}}function resolveVariables(definitions,problems){let values=new Map,open=new Set,valueAt=index=>{let known=values.get(index),named=definitions[index];if(known!==void 0||named===void 0)return known??"";if(open.has(index))return reportCycle(named,problems);open.add(index);let value2=evaluate(named,name=>lookupFrom(index,name),problems);return open.delete(index),values.set(index,value2),value2},lookupFrom=(index,name)=>{let isOwnName=definitions[index]?.name===name&&definitions[index].definition.kind==="transform",last=definitions.flatMap((other,at)=>other.name===name&&(!isOwnName||at<index)?[at]:[]).at(-1);return last===void 0?void 0:valueAt(last)};return name=>lookupFrom(-1,name)}function evaluate({name,definition},lookup,problems){if(definition.kind==="template")return replaceKnown(definition.template,lookup);try{return replaceAllMatches(replaceKnown(definition.from,lookup),translateRe2(definition.match),definition.replace)}catch(cause){if(!(cause instanceof SyntaxError))throw cause;let message=`the pattern \`${definition.match}\` that makes \`${name}\` is not a regular expression: ${cause.message}`;return problems.add("CONFIG_BAD_VALUE",definition.place,message,"write the pattern in RE2 syntax"),""}}function reportCycle({name,definition},problems){return problems.add("CONFIG_VARIABLE_CYCLE",definition.place,`the value of \`${name}\` refers to itself`,"break the circle of references"),""}var value=placed2(literalText4),varTransform={from:key4("from",literalText4),match:key4("match",literalText4),replace:key4("replace",literalText4),to:key4("to",literalText4)},definingKeys=mapping3("the package configuration",{package:key4("package",mapping3("`package`",{name:key4("name",value),version:key4("version",value),epoch:key4("epoch",value),description:key4("description",value)})),vars:key4("vars",mapOf3(value)),varTransforms:key4("var-transforms",list3(placed2(mapping3("a transform",varTransform)))),options:key4("options",mapOf3(buildOption)),data:key4("data",list3(mapping3("an entry of `data`",{name:key4("name",literalText4),items:key4("items",mapOf3(literalText4))})))});function readVariables(source,inputs,problems){let found=decodeNode3(definingKeys,source.root,{...openContext2(source,ignoredProblems),lenient:!0}),start=source.placeOf(source.root),vars=overriddenVars(found,inputs,start),definitions=[...packageDefinitions(found.package,start),...varDefinitions(vars),...transformDefinitions(found,start)],lookup=resolveVariables(definitions,problems),names2=[...new Set(definitions.map(({name})=>name))];return{scope:{lookup,names:names2},values:Object.fromEntries(names2.map(name=>[name,lookup(name)??""])),vars:Object.fromEntries([...vars].map(([name,{template}])=>[name,template])),data:new Map(found.data.map(({name,items})=>[name,items])),options:found.options}}function overriddenVars(found,inputs,start){let vars=new Map(Object.entries(found.vars).map(([name,each])=>[name,templateOf(each.value,each.place??start)])),options2=inputs.enabledOptions.map(name=>Object.hasOwn(found.options,name)?found.options[name]?.vars??{}:{});for(let overrides of[inputs.vars,...options2])for(let[name,template]of Object.entries(overrides))vars.set(name,templateOf(template,start));return vars}function packageDefinitions(fields,start){let{name,version,epoch,description}=fields,place=version.place??start;return[{name:"package.name",definition:templateOf(name.value,name.place??start)},{name:"package.version",definition:templateOf(version.value,place)},{name:"package.epoch",definition:templateOf(epoch.value||"0",epoch.place??start)},{name:"package.full-version",definition:templateOf("${{package.version}}-r${{package.epoch}}",place)},{name:"package.description",definition:templateOf(description.value,description.place??start)}]}function varDefinitions(vars){return[...vars].map(([name,definition])=>({name:`vars.${name}`,definition}))}function transformDefinitions(found,start){return found.varTransforms.map(({value:{to,...rule},place=start})=>({name:`vars.${to}`,definition:{kind:"transform",...rule,place}}))}function templateOf(template,place){return{kind:"template",template,place}}const {literalText:literalText7,optional:optional3,text:text4}=__load("shared-image.part.js");const {compareBytes:compareBytes}=__load("base.part.js");const {suggestName:suggestName2}=__load("base.part.js");const {key:field,list:list4,mapping:mapping4}=__load("shared-image.part.js");const {placeOf:placeOf3}=__load("shared-image.part.js");const {ignoredProblems:ignoredProblems2}=__load("shared-image.part.js");const {literalText:literalText5,placed:placed3}=__load("shared-image.part.js");const {suggestName:suggestName}=__load("base.part.js");function replaceInCondition(condition,lookup){let quote="",result="";for(let part of scanReferences(condition)){let value2=part.kind==="reference"?lookup(part.name):void 0;value2===void 0?result+=part.spelling:result+=quote===""?quoteLiteral(value2):escapeWithin(value2,quote),part.kind==="literal"&&(quote=quoteAfter(part.spelling,quote))}return result}function quoteLiteral(value2){return`"${escapeWithin(value2,'"')}"`}function escapeWithin(value2,quote){return value2.replaceAll("\\","\\\\").replaceAll(quote,`\\${quote}`).replaceAll(`
`,"\\n").replaceAll("	","\\t")}function quoteAfter(text5,quote){let open=quote;for(let at=0;at<text5.length;at+=1){let letter=text5[at]??"";open!==""&&letter==="\\"?at+=1:open===""&&(letter==='"'||letter==="'")?open=letter:letter===open&&(open="")}return open}function placeWithin(text5,part,nth=0){let offset=nthIndexOf(text5.spelling,part,nth);if(offset<0)return{file:text5.file,line:text5.line,column:text5.column};let before=text5.spelling.slice(0,offset),lineStart=before.lastIndexOf(`
`);return lineStart<0?{file:text5.file,line:text5.line,column:text5.column+offset}:{file:text5.file,line:text5.line+before.split(`
`).length-1,column:offset-lineStart}}function nthIndexOf(text5,part,nth){let offset=text5.indexOf(part);for(let seen=0;seen<nth&&offset>=0;seen+=1)offset=text5.indexOf(part,offset+part.length);return offset}function extendScope(outer,values){let inner=new Map(Object.entries(values));return{lookup:name=>inner.get(name)??outer.lookup(name),names:[...inner.keys(),...outer.names]}}function rulesOf(scope){return{expand:text5=>replaceKnown(text5,scope.lookup),expandStrictly:(text5,node,context)=>(reportReferences(text5,node,context,name=>problemOfStrict(name,scope)),replaceKnown(text5,scope.lookup)),expandForStep:(text5,node,context)=>(reportReferences(text5,node,context,name=>problemOfStep(name,scope)),replaceKnown(text5,scope.lookup)),expandCondition:(text5,node,context)=>(reportReferences(text5,node,context,name=>problemOfStep(name,scope)),replaceInCondition(text5,scope.lookup))}}var compilerFamilies=["targets","context","subpkg","host","cross","build","options","inputs"],compilerNames=["package.srcdir","targets.outdir","targets.destdir","targets.contextdir","targets.subpkgdir","context.name","subpkg.name","host.triplet.gnu","host.triplet.rust","build.arch","build.goarch"];function problemOfStrict(name,scope){if(scope.lookup(name)===void 0)return compilerNames.includes(name)?`\`${name}\` is known to pipeline steps only; write the value out`:suggestName(name,scope.names,"define it under `vars`")}function problemOfStep(name,scope){if(scope.lookup(name)!==void 0||compilerNames.includes(name)||compilerFamilies.includes(name.split(".",1)[0]??""))return;let otherwise=name.startsWith("range.")?"give the subpackage a `range`":"define it under `vars`";return suggestName(name,[...scope.names,...compilerNames],otherwise)}function reportReferences(text5,node,context,hintFor2){let seen=new Map;for(let part of scanReferences(text5)){if(part.kind==="literal")continue;let nth=seen.get(part.spelling)??0;seen.set(part.spelling,nth+1),reportReference(part,nth,node,context,hintFor2)}}function reportReference(part,nth,node,context,hintFor2){let place=placeWithin(context.source.textPlaceOf(node),part.spelling,nth);if(part.kind==="malformed"){context.problems.add("CONFIG_BAD_REFERENCE",place,"`${{` opens no reference","write `${{name}}`; a name has letters, digits, `.`, `_`, `-`");return}let hint=hintFor2(part.name);hint!==void 0&&context.problems.add("CONFIG_UNKNOWN_VARIABLE",place,`unknown variable \`${part.name}\``,hint)}var rangeField=mapping4("a subpackage",{range:field("range",placed3(literalText5))});function subpackageList({data,scope}){let entry={expected:"a subpackage",decode:(node,context)=>{let place=placeOf3(node,context),{range}=rangeField.decode(node,{...context,problems:ignoredProblems2,lenient:!0});return range.value===""?[{fields:subpackageFields.decode(node,context),place}]:itemsOf(range.value,range.place??place,context).map(([key7,value2])=>{let inner=extendScope(scope,{"range.key":key7,"range.value":value2});return{fields:subpackageFields.decode(node,{...context,variables:rulesOf(inner)}),place}})},absent:()=>[]},itemsOf=(range,place,context)=>{let items=data.get(range);if(items===void 0){let hint=suggestName2(range,data.keys(),"add an entry of that name to `data`");return context.problems.add("CONFIG_BAD_VALUE",place,`there is no data for the range \`${range}\``,hint),[]}return Object.entries(items).sort(([a],[b])=>compareBytes(a,b))},entries=list4(entry);return{expected:entries.expected,decode:(node,context)=>entries.decode(node,context).flat(),absent:()=>[]}}const {key:key5,list:list5,mapping:mapping5}=__load("shared-image.part.js");const {boolean:boolean3,literalText:literalText6,mapped:mapped2,natural:natural3,oneOf:oneOf,optional:optional2,text:text3}=__load("shared-image.part.js");function jsonMapping(what,table){let rows=Object.entries(table).map(([name,decoder])=>[name,key5(name,decoder)]);return mapped2(mapping5(what,Object.fromEntries(rows)),value2=>Object.fromEntries(Object.entries(value2).filter(([,each])=>!isEmpty(each))))}function isEmpty(value2){return value2===""||value2===0||value2===!1||Array.isArray(value2)&&value2.length===0}var strip={"strip-prefix":literalText6,"strip-suffix":literalText6},tagFilters={"tag-filter-prefix":text3,"tag-filter-contains":text3},github=jsonMapping("`github`",{identifier:text3,...strip,"tag-filter":text3,...tagFilters,"use-tag":boolean3}),git=jsonMapping("`git`",{...strip,...tagFilters}),oci=jsonMapping("`oci`",{identifier:text3,...strip,...tagFilters}),releaseMonitor=jsonMapping("`release-monitor`",{identifier:natural3(),...strip,"version-filter-contains":text3,"version-filter-prefix":text3}),versionSource=jsonMapping("a version source",{name:literalText6,stream:literalText6,ignore:list5(literalText6),commit_source:literalText6,use_release:boolean3}),versionData=jsonMapping("`version_data`",{version_format:literalText6,sources:list5(versionSource)}),schedule=jsonMapping("`schedule`",{reason:literalText6,period:oneOf(["","daily","weekly","monthly"])}),updateFields=jsonMapping("`update`",{manual:boolean3,"require-sequential":boolean3,shared:boolean3,"version-separator":literalText6,"ignore-regex-patterns":list5(literalText6),"release-monitor":optional2(releaseMonitor),github:optional2(github),git:optional2(git),oci:optional2(oci),version_data:optional2(versionData),"version-transform":list5(jsonMapping("a version transform",{match:literalText6,replace:literalText6})),"exclude-reason":literalText6,schedule:optional2(schedule),"enable-prerelease-tags":boolean3,enabled:mapped2(boolean3,String)}),update=mapped2(updateFields,({enabled,...rest})=>({enabled:enabled==="true",...rest}));function packageFile(variables){return mapping6("the package configuration",{package:requiredKey2("package",packageFields),environment:key6("environment",imageFile2),capabilities:key6("capabilities",mapping6("`capabilities`",{add:key6("add",list6(text4)),drop:key6("drop",list6(text4))})),pipeline:key6("pipeline",buildSteps),subpackages:key6("subpackages",subpackageList(variables)),data:key6("data",list6(mapping6("an entry of `data`",{name:requiredKey2("name",literalText7),items:key6("items",mapOf4(literalText7))}))),vars:key6("vars",mapOf4(literalText7)),varTransforms:key6("var-transforms",list6(mapping6("a transform",requiredTransform))),options:key6("options",mapOf4(buildOption)),update:key6("update",update),test:key6("test",optional3(testFields))})}var requiredTransform={from:requiredKey2("from",varTransform.from.decoder),match:requiredKey2("match",varTransform.match.decoder),replace:requiredKey2("replace",varTransform.replace.decoder),to:requiredKey2("to",varTransform.to.decoder)};function assemblePackage(file,variables,options2,place,problems){reportSameNames(file,problems);let section=assembleSection(file.package,options2.commit),environment=withBuildVariables(assembleGuest(file.environment,place,problems),options2.environmentFiles),test=file.test&&assembleTest(file.test,place,problems);return{file:place.file,package:section,environment:applyOptions(environment,variables.options,options2.enabledOptions),capabilities:file.capabilities,pipeline:file.pipeline,subpackages:file.subpackages.map(each=>assembleSubpackage(each,section.commit,problems)),vars:variables.vars,varTransforms:file.varTransforms,variables:variables.values,options:file.options,enabledOptions:options2.enabledOptions,update:file.update,...test&&{test}}}function assembleSection({checks:checks2,...fields},commit){return{...fields,commit:fields.commit||commit,disabledChecks:checks2.disabled}}function assembleSubpackage({fields,place},commit,problems){let test=fields.test&&assembleTest(fields.test,place,problems);return{if:fields.if.value,...fields.if.place&&{ifPlace:fields.if.place},name:fields.name,description:fields.description,url:fields.url,commit:fields.commit||commit,annotations:fields.annotations,pipeline:fields.pipeline,dependencies:fields.dependencies,options:fields.options,scriptlets:fields.scriptlets,disabledChecks:fields.checks.disabled,setcap:fields.setcap,...test&&{test}}}function assembleTest(fields,place,problems){return{environment:assembleGuest(fields.environment,place,problems),pipeline:fields.pipeline}}function applyOptions(environment,options2,enabled){let active=enabled.flatMap(name=>Object.hasOwn(options2,name)?[options2[name]]:[]).filter(option=>option!==void 0),removed=new Set(active.flatMap(option=>option.removePackages)),packages=[...environment.contents.packages,...active.flatMap(option=>option.addPackages)];return{...environment,contents:{...environment.contents,packages:packages.filter(name=>!removed.has(name))}}}function reportSameNames(file,problems){let seen=new Set([file.package.name]);for(let{fields,place}of file.subpackages)fields.name!==""&&seen.has(fields.name)&&problems.add("CONFIG_BAD_VALUE",place,`a second package is named \`${fields.name}\``,"give each package of the file its own name"),seen.add(fields.name)}const {collectProblems:collectProblems4,requireNoProblems:requireNoProblems4}=__load("shared-image.part.js");const {mapOf:mapOf5}=__load("shared-image.part.js");const {readConfigText:readConfigText2}=__load("shared-image.part.js");const {decodeNode:decodeNode4,openContext:openContext3}=__load("shared-image.part.js");const {collectProblems:collectProblems3,requireNoProblems:requireNoProblems3}=__load("shared-image.part.js");const {literalText:literalText8}=__load("shared-image.part.js");const {parseYaml:parseYaml2}=__load("shared-image.part.js");async function loadVariablesFile(path,limits){return parseVariables(await readConfigText2(path,limits),path,limits)}function parseVariables(text5,file,limits){let problems=collectProblems3(),source=parseYaml2(file,text5,limits,problems),vars=source===void 0?{}:decodeNode4(mapOf5(literalText8),source.root,openContext3(source,problems));return requireNoProblems3(problems,file),vars}const {parseYaml:parseYaml3}=__load("shared-image.part.js");var{dirname}=process.getBuiltinModule("node:path");async function loadPackageConfig(path,options2={}){let{varsFile,envFiles=[],...rest}=options2,limits=options2.limits??defaultLimits2,text5=await readConfigText3(path,limits),fileVars=varsFile===void 0?{}:await loadVariablesFile(varsFile,limits),environmentFiles=await Promise.all(envFiles.map(file=>loadEnvironmentFile(file,limits)));return parsePackageConfig(text5,{...rest,file:path,environmentFiles,vars:{...fileVars,...options2.vars}})}function sourceDirOf(configPath){return dirname(configPath)}function parsePackageConfig(text5,options2={}){let file=options2.file??"melange.yaml",problems=collectProblems4(),config=readPackage(text5,file,options2,problems);if(requireNoProblems4(problems,file),config===void 0)throw new TypeError("a file without problems gives a configuration");return config}function readPackage(text5,file,options2,problems){let source=parseYaml3(file,text5,options2.limits??defaultLimits2,problems);if(source===void 0)return;let enabledOptions=options2.buildOptions??[],variables=readVariables(source,{vars:options2.vars??{},enabledOptions},problems),found=decodeNode5(packageFile(variables),source.root,openContext4(source,problems,rulesOf(variables.scope))),settings={commit:options2.commit??"",environmentFiles:options2.environmentFiles??[],enabledOptions};return assemblePackage(found,variables,settings,source.placeOf(source.root),problems)}const {printableLocation:printableLocation}=__load("base.part.js");const {redactUrl:redactUrl}=__load("base.part.js");function compiledToJson(compiled){let{update:update2,vars,"var-transforms":transforms,...rest}=compiled.record;return{package:packageJson(compiled),environment:imageJson(compiled.environment),capabilities:present(compiled.capabilities),...present({pipeline:compiled.pipeline.map(topStepJson),subpackages:compiled.subpackages.map(subpackageJson),vars,"var-transforms":transforms,...rest}),update:update2,...compiled.test&&{test:testJson(compiled.test)}}}function packageJson({package:section}){return{name:section.name,version:section.version,epoch:section.epoch,...present({description:section.description,annotations:section.annotations,url:section.url,commit:section.commit,"target-architecture":section.targetArchitecture,copyright:section.copyright.map(each=>present({paths:each.paths,attestation:each.attestation,license:each.license,"license-path":each.licensePath,"detection-override":each.detectionOverride}))}),dependencies:dependenciesJson(section.dependencies),...present({options:optionsJson(section.options),scriptlets:scriptletsJson(section.scriptlets)}),checks:present({disabled:section.disabledChecks}),cpe:section.cpe,...present({setcap:section.setcap,timeout:section.timeoutMs===void 0?void 0:section.timeoutMs*1e6}),resources:section.resources,...present({"test-resources":section.testResources})}}function subpackageJson(subpackage){return{...present({if:subpackage.if}),name:subpackage.name,...present({pipeline:subpackage.pipeline.map(topStepJson)}),dependencies:dependenciesJson(subpackage.dependencies),...present({options:optionsJson(subpackage.options),scriptlets:scriptletsJson(subpackage.scriptlets),description:subpackage.description,annotations:subpackage.annotations,url:subpackage.url,commit:subpackage.commit}),checks:present({disabled:subpackage.disabledChecks}),...present({setcap:subpackage.setcap}),...subpackage.test&&{test:testJson(subpackage.test)}}}function testJson(test){return{environment:imageJson(test.environment),...present({pipeline:test.pipeline.map(topStepJson)})}}function topStepJson(step){return stepJson(step.enabled?{...step,needs:[]}:step)}function stepJson(step){return present({if:step.if,name:step.name,uses:step.uses,with:step.with,runs:step.script,pipeline:step.pipeline.map(stepJson),needs:step.needs.length===0?void 0:{Packages:step.needs},label:step.label,assertions:step.requiredSteps===0?void 0:{"required-steps":step.requiredSteps},"working-directory":step.workingDirectory,environment:step.environment})}function dependenciesJson(dependencies2){return present({runtime:dependencies2.runtime,provides:dependencies2.provides,replaces:dependencies2.replaces,"provider-priority":dependencies2.providerPriority,"replaces-priority":dependencies2.replacesPriority})}function optionsJson(options2){return present({"no-provides":options2.noProvides,"no-depends":options2.noDepends,"no-commands":options2.noCommands,"no-versioned-shlib-deps":options2.noVersionedShlibDeps})}function scriptletsJson({trigger:trigger2,...scripts}){let json=present({trigger:trigger2&&present(trigger2),"pre-install":scripts.preInstall,"post-install":scripts.postInstall,"pre-deinstall":scripts.preDeinstall,"post-deinstall":scripts.postDeinstall,"pre-upgrade":scripts.preUpgrade,"post-upgrade":scripts.postUpgrade});return Object.keys(json).length===0?void 0:{trigger:{},...json}}function imageJson(image){let{contents,accounts,entrypoint}=image;return{contents:present({build_repositories:contents.buildRepositories.map(printableLocation),runtime_repositories:contents.runtimeRepositories.map(printableLocation),repositories:contents.repositories.map(printableLocation),keyring:contents.keyring.map(source=>/^https?:/i.test(source)?redactUrl(source):source),runtime_keyring:contents.runtimeKeyring,packages:contents.packages,baseimage:contents.baseImage&&{image:contents.baseImage.image,apkindex:contents.baseImage.apkIndex}}),entrypoint:present({type:entrypoint.type,command:entrypoint.command,"shell-fragment":entrypoint.shellFragment,services:entrypoint.services}),...present({cmd:image.cmd,"stop-signal":image.stopSignal,"work-dir":image.workDir}),accounts:accountsJson(accounts),...present({archs:image.archs,environment:image.environment,paths:image.paths.map(present),"vcs-url":image.vcsUrl,annotations:image.annotations,volumes:image.volumes,layering:image.layering,certificates:image.certificates})}}function accountsJson({runAs,users,groups}){return present({"run-as":runAs,users:users.map(user=>({username:user.userName,uid:user.uid,gid:user.gid,...user.shell!=="/bin/sh"&&{shell:user.shell},...user.homeDir!==`/home/${user.userName}`&&{homedir:user.homeDir}})),groups:groups.map(({groupName,gid,members})=>({groupname:groupName,gid,...present({members})}))})}function present(value2){return Object.fromEntries(Object.entries(value2).filter(([,each])=>!isEmpty2(each)))}function isEmpty2(value2){return value2===void 0||value2===""||value2===!1?!0:typeof value2=="object"&&value2!==null&&Object.keys(value2).length===0}const {compareBytes:compareBytes2}=__load("base.part.js");const {readFileWithin:readFileWithin}=__load("base.part.js");function definePipeline(rules){let names2=Object.keys(rules.inputs),references=Object.fromEntries(names2.map(name=>[name,inputReference(name)]));return{...emptyStep,needs:rules.needs,inputs:Object.fromEntries(names2.map(name=>[name,describeInput(rules.inputs[name])])),runs:rules.runs(references),pipeline:rules.then??[]}}function useStep(uses,given={}){return{...emptyStep,uses,with:given}}function inputReference(name){return`\${{inputs.${name}}}`}function variable(name){return`\${{${name}}}`}function sh(text5,...values){let lines=text5.raw.map((part,index)=>part.replaceAll("\\${","${")+(values[index]??"")).join("").replace(/^\n/,"").replace(/\s*$/,`
`).split(`
`),indent=Math.min(...lines.filter(line=>line.trim()!=="").map(line=>/^ */.exec(line)?.[0].length??0));return lines.map(line=>line.slice(indent)).join(`
`)}var emptyStep={if:"",name:"",uses:"",with:{},runs:"",pipeline:[],inputs:{},needs:[],label:"",requiredSteps:0,workingDirectory:"",environment:{},line:0,places:{}};function describeInput({about,default:value2="",required=!1}){return{description:about,default:value2,required}}var dir={about:"the folder to work in",default:"."},configure=definePipeline({needs:["autoconf","automake","libtool"],inputs:{dir,host:{about:"the triplet of the machine that will run it",default:"${{host.triplet.gnu}}"},build:{about:"the triplet of the machine that builds it",default:"${{host.triplet.gnu}}"},opts:{about:"more options"}},runs:inputs=>sh`
    cd "${inputs.dir}"
    [ -f configure ] || autoreconf --force --install --verbose
    ./configure \
      --host="${inputs.host}" \
      --build="${inputs.build}" \
      --prefix=/usr \
      --sysconfdir=/etc \
      --libdir=/usr/lib \
      --mandir=/usr/share/man \
      --infodir=/usr/share/info \
      --localstatedir=/var \
      ${inputs.opts}
  `}),make=definePipeline({needs:["make"],inputs:{dir,opts:{about:"options and variables of make"},targets:{about:"what to make"}},runs:inputs=>sh`
    make -C "${inputs.dir}" -j"$(nproc)" V=1 ${inputs.opts} ${inputs.targets}
  `}),makeInstall=definePipeline({needs:["make"],inputs:{dir,opts:{about:"options and variables of make"},targets:{about:"what to make",default:"install"}},runs:inputs=>sh`
    destination="${variable("targets.contextdir")}"
    make -C "${inputs.dir}" DESTDIR="$destination" V=1 ${inputs.opts} ${inputs.targets}
    # libtool's files name folders of the build and are of no use to a package.
    if [ -d "$destination" ]; then find "$destination" -name '*.la' \( -type f -o -type l \) -exec rm -f {} +; fi
  `});var cargoBuild=definePipeline({needs:["build-base","busybox","cargo-auditable","rust"],inputs:{output:{about:"the programs to install, with blanks between; all that were built when empty"},opts:{about:"options of cargo build",default:"--release"},modroot:{about:"the folder of the crate",default:"."},rustflags:{about:"more flags for the compiler"},prefix:{about:"where to install, below the root",default:"usr"},"install-dir":{about:"where to install, below the prefix",default:"bin"},"output-dir":{about:"where cargo puts what it built",default:"target/release"},jobs:{about:"how many compilers to run at a time"}},runs:inputs=>sh`
    cd "${inputs.modroot}"
    destination="${variable("targets.contextdir")}/${inputs.prefix}/${inputs["install-dir"]}"
    if [ -n "${inputs.rustflags}" ]; then export RUSTFLAGS="$RUSTFLAGS ${inputs.rustflags}"; fi
    if [ -n "${inputs.jobs}" ]; then export CARGO_BUILD_JOBS="${inputs.jobs}"; fi
    cargo auditable build ${inputs.opts}

    names="${inputs.output}"
    if [ -z "$names" ]; then
      names=$(find "${inputs["output-dir"]}" -maxdepth 1 -type f -perm -0100 ! -name '*.so' ! -name '*.d' -exec basename {} \; | sort)
    fi
    [ -n "$names" ] || { echo "cargo/build: no program was built in ${inputs["output-dir"]}" >&2; exit 1; }
    mkdir -p "$destination"
    for name in $names; do
      install -m 755 "${inputs["output-dir"]}/$name" "$destination/$name"
    done
  `});var outputDir={about:"the folder of the build",default:"output"},opts={about:"more options"},cmakeConfigure=definePipeline({needs:["cmake","ninja"],inputs:{"output-dir":outputDir,opts},runs:inputs=>sh`
    cmake -B "${inputs["output-dir"]}" -G Ninja \
      -DCMAKE_BUILD_TYPE=Release \
      -DCMAKE_INSTALL_PREFIX=/usr \
      -DCMAKE_INSTALL_LIBDIR=lib \
      ${inputs.opts}
  `}),cmakeBuild=definePipeline({needs:["cmake","ninja"],inputs:{"output-dir":outputDir,opts},runs:inputs=>sh`
    cmake --build "${inputs["output-dir"]}" --verbose ${inputs.opts}
  `}),cmakeInstall=definePipeline({needs:["cmake","ninja"],inputs:{"output-dir":outputDir},runs:inputs=>sh`
    DESTDIR="${variable("targets.contextdir")}" cmake --install "${inputs["output-dir"]}"
  `}),mesonConfigure=definePipeline({needs:["meson"],inputs:{"output-dir":outputDir,opts},runs:inputs=>sh`
    meson setup "${inputs["output-dir"]}" --prefix=/usr --wrap-mode=nodownload ${inputs.opts}
  `}),mesonCompile=definePipeline({needs:["meson"],inputs:{"output-dir":outputDir},runs:inputs=>sh`
    meson compile -C "${inputs["output-dir"]}"
  `}),mesonInstall=definePipeline({needs:["meson"],inputs:{"output-dir":outputDir},runs:inputs=>sh`
    DESTDIR="${variable("targets.contextdir")}" meson install -C "${inputs["output-dir"]}" --no-rebuild
  `});var xcover={package:{about:"the package that holds xcover",default:"xcover"}},waitTimeout={about:"seconds to wait for the profiler",default:"60"},needs=["busybox","${{inputs.package}}"],xcoverProfile=definePipeline({needs,inputs:{...xcover,"executable-path":{about:"the program to watch",required:!0},"exclude-functions":{about:"functions to leave out, a regular expression"},"include-functions":{about:"functions to watch, a regular expression; all when empty"},scope:{about:"binary, or project for a Go program's own module",default:"project"},"log-level":{about:"how much the profiler says",default:"info"},verbose:{about:"whether to name every function",default:"false"},"wait-timeout":waitTimeout},runs:inputs=>sh`
    set -- --detach --path "${inputs["executable-path"]}" --scope "${inputs.scope}" --log-level "${inputs["log-level"]}"
    if [ -n "${inputs["exclude-functions"]}" ]; then set -- "$@" --exclude '${inputs["exclude-functions"]}'; fi
    if [ -n "${inputs["include-functions"]}" ]; then set -- "$@" --include '${inputs["include-functions"]}'; fi
    xcover run "$@" --verbose="${inputs.verbose}"
    xcover wait --timeout "${inputs["wait-timeout"]}s"
  `}),xcoverWait=definePipeline({needs,inputs:{...xcover,"wait-timeout":waitTimeout},runs:inputs=>sh`
    xcover wait --timeout "${inputs["wait-timeout"]}s"
  `}),xcoverStatus=definePipeline({needs,inputs:xcover,runs:()=>sh`
    xcover status
  `}),xcoverStop=definePipeline({needs,inputs:xcover,runs:()=>sh`
    xcover stop
  `}),xcoverEnsure=definePipeline({needs:[...needs,"jq"],inputs:{...xcover,"min-coverage":{about:"the least coverage to accept, in percent"}},runs:inputs=>sh`
    coverage=$(jq -r .cov_by_func xcover-report.json)
    echo "xcover/ensure: $coverage percent of the functions ran"
    least="${inputs["min-coverage"]}"
    if [ -n "$least" ] && ! jq -e --arg least "$least" '.cov_by_func >= ($least | tonumber)' xcover-report.json > /dev/null; then
      echo "xcover/ensure: that is less than $least percent" >&2
      exit 1
    fi
  `}),llvmCovreport=definePipeline({needs:["${{inputs.package}}"],inputs:{package:{about:"the package that holds the llvm tools",default:"llvm-19"},object:{about:"the program or library that ran"},"ignore-filename-regex":{about:"source files to leave out"}},runs:inputs=>sh`
    llvm-profdata merge -sparse -o default.profdata ./*.profraw
    llvm-cov report "${inputs.object}" -instr-profile=default.profdata -ignore-filename-regex="${inputs["ignore-filename-regex"]}"
  `});var fetch=definePipeline({needs:["wget"],inputs:{uri:{about:"what to fetch",required:!0},"expected-sha256":{about:"the SHA-256 it must have"},"expected-sha512":{about:"the SHA-512 it must have"},"expected-none":{about:"set to say that no checksum is known"},extract:{about:"whether it is an archive to unpack",default:"true"},"strip-components":{about:"leading path components to drop when unpacking",default:"1"},directory:{about:"where to unpack",default:"."},delete:{about:"whether to delete the archive when it is unpacked",default:"false"},timeout:{about:"seconds to wait for a connection or data",default:"5"},"dns-timeout":{about:"seconds to wait for a name to resolve",default:"20"},"retry-limit":{about:"how often to try",default:"5"},"purl-name":{about:"the source's name in the SBOM",default:"${{package.name}}"},"purl-version":{about:"the source's version in the SBOM",default:"${{package.version}}"},reason:{about:"why the file is needed, for readers"}},runs:inputs=>sh`
    uri="${inputs.uri}"
    sha256="${inputs["expected-sha256"]}"
    sha512="${inputs["expected-sha512"]}"
    fail() { echo "fetch: $*" >&2; exit 1; }

    if [ -z "${inputs["expected-none"]}$sha256$sha512" ]; then
      fail "no checksum for $uri: set expected-sha256, expected-sha512 or expected-none"
    fi

    name=$(basename "$uri")
    cache=/var/cache/melange
    if [ -n "$sha256" ] && [ -f "$cache/sha256:$sha256" ]; then
      cp "$cache/sha256:$sha256" "$name"
    elif [ -n "$sha512" ] && [ -f "$cache/sha512:$sha512" ]; then
      cp "$cache/sha512:$sha512" "$name"
    else
      set -- -T "${inputs.timeout}" -O "$name"
      # busybox's wget knows the two options above only.
      if wget --version 2>/dev/null | grep -q GNU; then
        set -- "$@" --no-verbose --dns-timeout="${inputs["dns-timeout"]}" --tries=1
      fi
      attempt=1
      until wget "$@" "$uri"; do
        [ "$attempt" -lt "${inputs["retry-limit"]}" ] || fail "cannot fetch $uri in $attempt attempts"
        echo "fetch: attempt $attempt failed, trying again" >&2
        sleep "$attempt"
        attempt=$((attempt + 1))
      done
    fi

    verify() {
      [ -n "$2" ] || return 0
      found=$("$1" "$name" | cut -d ' ' -f 1)
      wanted=$(echo "$2" | tr A-F a-f)
      [ "$found" = "$wanted" ] || fail "$uri has the wrong $1: expected $wanted, found $found"
    }
    verify sha256sum "$sha256"
    verify sha512sum "$sha512"

    if [ "${inputs.extract}" = true ]; then
      mkdir -p "${inputs.directory}"
      tar -x -f "$name" -C "${inputs.directory}" --strip-components="${inputs["strip-components"]}" --no-same-owner
      if [ "${inputs.delete}" = true ]; then rm -f "$name"; fi
    fi
  `});var gitCheckout=definePipeline({needs:["git"],inputs:{repository:{about:"the repository to clone",required:!0},destination:{about:"the folder for the sources",default:"."},depth:{about:"how many commits to fetch, -1 for all; unset: 1, or all for a branch with expected-commit",default:"unset"},branch:{about:"the branch to check out; not together with tag"},tag:{about:"the tag to check out; not together with branch"},"expected-commit":{about:"the commit that must be found there"},"expected-commit-is-branch-tip":{about:"whether the branch must end at that commit",default:"false"},"recurse-submodules":{about:"whether to fetch submodules",default:"false"},"shallow-submodules":{about:"whether to fetch one commit of each submodule",default:"false"},"submodule-jobs":{about:"how many submodules to fetch at a time",default:"1"},"cherry-picks":{about:"commits to apply, one a line: [branch/]commit: comment"},"type-hint":{about:"the kind of host, for the SBOM"},"sparse-paths":{about:"the folders to check out, one a line; all when empty"},"max-retries":{about:"how often to try to clone",default:"3"},"initial-backoff":{about:"seconds to wait before the second try",default:"2"},"max-backoff":{about:"the longest wait in seconds",default:"60"},reason:{about:"why the sources are needed, for readers"}},runs:inputs=>sh`
    repository="${inputs.repository}"
    destination="${inputs.destination}"
    branch="${inputs.branch}"
    tag="${inputs.tag}"
    commit=$(echo "${inputs["expected-commit"]}" | tr A-F a-f)
    depth="${inputs.depth}"
    say() { echo "git-checkout: $*" >&2; }
    fail() { say "$@"; exit 1; }

    [ -z "$branch" ] || [ -z "$tag" ] || fail "both branch $branch and tag $tag are given: keep one"
    [ -n "$commit" ] || say "warning: no expected-commit for $repository"
    if [ "$depth" = unset ]; then
      depth=1
      if [ -n "$branch" ] && [ -n "$commit" ]; then depth=-1; fi
    fi

    clone=$(mktemp -d)
    trap 'rm -rf "$clone"' EXIT
    sparse=$(cat <<'END_OF_SPARSE_PATHS'
    ${inputs["sparse-paths"]}
    END_OF_SPARSE_PATHS
    )

    set -- --quiet --config advice.detachedHead=false
    [ -z "$branch$tag" ] || set -- "$@" --branch "$branch$tag"
    [ "$depth" = -1 ] || set -- "$@" --depth "$depth"
    [ -z "$sparse" ] || set -- "$@" --sparse
    if [ "${inputs["recurse-submodules"]}" = true ]; then
      set -- "$@" --recurse-submodules --jobs "${inputs["submodule-jobs"]}"
      [ "${inputs["shallow-submodules"]}" != true ] || set -- "$@" --shallow-submodules
    fi

    attempt=1
    wait="${inputs["initial-backoff"]}"
    until git clone "$@" "$repository" "$clone/tree"; do
      rm -rf "$clone/tree"
      [ "$attempt" -lt "${inputs["max-retries"]}" ] || fail "cannot clone $repository in $attempt attempts"
      say "attempt $attempt failed, trying again in $wait seconds"
      sleep "$wait"
      attempt=$((attempt + 1))
      wait=$((wait * 2))
      [ "$wait" -le "${inputs["max-backoff"]}" ] || wait="${inputs["max-backoff"]}"
    done
    cd "$clone/tree"
    if [ -n "$sparse" ]; then
      # One folder a line; the blanks around it do not count.
      echo "$sparse" | sed 's/^[[:space:]]*//; s/[[:space:]]*$//; /^$/d' | git sparse-checkout set --stdin
    fi

    head=$(git rev-parse HEAD)
    if [ -n "$commit" ] && [ "$head" != "$commit" ]; then
      if [ -n "$tag" ]; then
        # An annotated tag has an identity of its own.
        [ "$(git rev-parse "refs/tags/$tag")" = "$commit" ] || fail "tag $tag of $repository is at $head, not at $commit"
        say "warning: expected-commit $commit is the tag $tag itself; its commit is $head"
      elif [ -n "$branch" ]; then
        [ "${inputs["expected-commit-is-branch-tip"]}" != true ] || fail "branch $branch of $repository ends at $head, not at $commit"
        git merge-base --is-ancestor "$commit" HEAD || fail "commit $commit is not on branch $branch of $repository"
        git reset --quiet --hard "$commit"
      else
        git fetch --quiet --depth 1 origin "$commit" || fail "cannot find commit $commit in $repository"
        git checkout --quiet "$commit"
      fi
      if [ "${inputs["recurse-submodules"]}" = true ]; then git submodule --quiet update --init --recursive; fi
    fi

    # The same picks give the same commits: neither who builds nor when may show.
    export GIT_COMMITTER_NAME=apkmill GIT_COMMITTER_EMAIL=apkmill@localhost GIT_COMMITTER_DATE="@0 +0000"
    cat > "$clone/picks" <<'END_OF_CHERRY_PICKS'
    ${inputs["cherry-picks"]}
    END_OF_CHERRY_PICKS
    while read -r line; do
      line=$(echo "$line" | sed 's/#.*//; s/^[[:space:]]*//; s/[[:space:]]*$//')
      [ -n "$line" ] || continue
      pick=$(echo "$line" | sed 's/:.*//; s/[[:space:]]*$//')
      comment=$(echo "$line" | sed 's/^[^:]*:*[[:space:]]*//')
      [ -n "$comment" ] || fail "cherry pick $pick has no comment: write \"commit: why\""
      from=$(dirname "$pick")
      pick=$(basename "$pick")
      if [ "$from" = . ]; then
        git cat-file -e "$pick^{commit}" 2>/dev/null || git fetch --quiet --depth 2 origin "$pick"
      else
        git fetch --quiet origin "$from"
      fi
      say "cherry pick $pick: $comment"
      git cherry-pick -x "$pick" || fail "cannot apply cherry pick $pick"
    done < "$clone/picks"

    cd - > /dev/null
    mkdir -p "$destination"
    tar -c -f - -C "$clone/tree" . | tar -x -f - -C "$destination" --no-same-owner
    git config --global --add safe.directory "$(cd "$destination" && pwd)"
  `}),gitAm=definePipeline({needs:["git"],inputs:{patches:{about:"mailbox patches to apply in order, with blanks between",required:!0}},runs:inputs=>sh`
    export GIT_COMMITTER_NAME=apkmill GIT_COMMITTER_EMAIL=apkmill@localhost GIT_COMMITTER_DATE="@0 +0000"
    for patch in ${inputs.patches}; do
      git am "$patch" || { echo "git-am: cannot apply $patch" >&2; exit 1; }
    done
  `});var tuning={ldflags:{about:"more flags for the linker"},strip:{about:"flags for the linker that leave debug information out",default:"-w"},tags:{about:"more build tags, with commas between"},toolchaintags:{about:"the usual build tags, with commas between",default:"netgo,osusergo"},experiments:{about:"GOEXPERIMENT, with commas between"},amd64:{about:"GOAMD64, the level of the processor",default:"v2"},arm64:{about:"GOARM64, the level of the processor",default:"v8.0"},prefix:{about:"where to install, below the root",default:"usr"},"install-dir":{about:"where to install, below the prefix",default:"bin"}},goPackage={about:"the package that holds the compiler",default:"go"},modroot={about:"the folder of go.mod",default:"."},vendor={about:"whether to write the vendor folder anew",default:"false"},buildmode={about:"the flag -buildmode",default:"default"},extraArgs={about:"more arguments of go build"},ignoreUntracked={about:"whether untracked files leave the recorded version clean",default:"true"};function prepare(inputs){return sh`
    export GOAMD64="${inputs.amd64}" GOARM64="${inputs.arm64}"
    if [ -n "${inputs.experiments}" ]; then export GOEXPERIMENT="${inputs.experiments}"; fi
    tags="${inputs.toolchaintags}"
    if [ -n "${inputs.tags}" ]; then tags="$tags,${inputs.tags}"; fi
    ldflags="${inputs.strip} ${inputs.ldflags}"
    destination="${variable("targets.contextdir")}/${inputs.prefix}/${inputs["install-dir"]}"
    mkdir -p "$destination"
  `}function enterModule(modroot2,ignoreUntracked2){return sh`
    cd "${modroot2}"
    for file in go.mod go.sum; do
      if [ -f "/home/build/$file.local" ]; then cp "/home/build/$file.local" "$file"; fi
    done
    [ -f go.mod ] || { echo "go/build: there is no go.mod in $(pwd)" >&2; exit 1; }
    if [ "${ignoreUntracked2}" = true ] && command -v git > /dev/null; then
      echo '*' > "\${TMPDIR:-/tmp}/apkmill-ignore-all"
      git config --global core.excludesFile "\${TMPDIR:-/tmp}/apkmill-ignore-all"
    fi
  `}var goBuild=definePipeline({needs:["${{inputs.go-package}}","build-base","busybox","ca-certificates-bundle"],inputs:{packages:{about:"the packages to build, with blanks between",required:!0},output:{about:"the name of the program",required:!0},"go-package":goPackage,modroot,...tuning,deps:{about:"modules to move to another version first, with blanks between"},vendor,tidy:{about:"whether to run go mod tidy first",default:"false"},"extra-args":extraArgs,buildmode,"ignore-untracked-files":ignoreUntracked},runs:inputs=>enterModule(inputs.modroot,inputs["ignore-untracked-files"])+prepare(inputs)+sh`
    for module in ${inputs.deps}; do go get "$module"; done
    if [ "${inputs.tidy}" = true ]; then go mod tidy; fi
    if [ "${inputs.vendor}" = true ]; then go mod vendor; fi
    go build -o "$destination/${inputs.output}" -tags "$tags" -ldflags "$ldflags" -trimpath -buildmode "${inputs.buildmode}" ${inputs["extra-args"]} ${inputs.packages}
  `}),goBuildV2=definePipeline({needs:["busybox","ca-certificates-bundle"],inputs:{packages:{about:"the packages to build, with blanks between",default:"."},output:{about:"the name of the program; the package's own when empty"},modroot,...tuning,vendor,"extra-args":extraArgs,buildmode,"ignore-untracked-files":ignoreUntracked},runs:inputs=>enterModule(inputs.modroot,inputs["ignore-untracked-files"])+prepare(inputs)+sh`
    if [ "${inputs.vendor}" = true ]; then go mod vendor; fi
    go build -o "$destination/${inputs.output}" -tags "$tags" -ldflags "$ldflags" -trimpath -buildmode "${inputs.buildmode}" ${inputs["extra-args"]} ${inputs.packages}
  `,then:[useStep("strip")]}),goInstall=definePipeline({needs:["${{inputs.go-package}}","build-base","busybox","ca-certificates-bundle","git"],inputs:{package:{about:"the import path of the program",required:!0},version:{about:"its version, a tag, commit or branch; latest when empty"},"go-package":goPackage,...tuning},runs:inputs=>prepare(inputs)+sh`
    version="${inputs.version}"
    GOBIN=$(mktemp -d)
    export GOBIN
    trap 'rm -rf "$GOBIN"' EXIT
    go install -tags "$tags" -ldflags "$ldflags" -trimpath "${inputs.package}@\${version:-latest}"
    mv "$GOBIN"/* "$destination/"
  `}),goBump=definePipeline({needs:["git","gobump"],inputs:{deps:{about:"modules with their versions, with blanks between",required:!0},modroot,"go-version":{about:"the go version to write into go.mod"},replaces:{about:"replacements to add to go.mod"},tidy:{about:"whether to run go mod tidy",default:"true"},"show-diff":{about:"whether to show what changed",default:"false"},"tidy-compat":{about:"the go version that the tidied files must suit"},work:{about:"whether the project has a go.work",default:"false"}},runs:inputs=>sh`
    deps=$(echo "${inputs.deps}" | tr '\n' ' ')
    set -- --packages "$deps" --modroot "${inputs.modroot}"
    if [ -n "${inputs["go-version"]}" ]; then set -- "$@" --go-version "${inputs["go-version"]}"; fi
    if [ -n "${inputs.replaces}" ]; then set -- "$@" --replaces "$(echo "${inputs.replaces}" | tr '\n' ' ')"; fi
    if [ -n "${inputs["tidy-compat"]}" ]; then set -- "$@" --compat "${inputs["tidy-compat"]}"; fi
    if [ "${inputs.work}" = true ]; then set -- "$@" --work; fi
    gobump "$@" --tidy="${inputs.tidy}" --show-diff="${inputs["show-diff"]}"
  `}),goCovdata=definePipeline({needs:["${{inputs.package}}","busybox","jq"],inputs:{package:{about:"the package that holds the compiler",default:"go"},"cover-dir":{about:"GOCOVERDIR of the program that ran",default:"/home/build"}},runs:inputs=>sh`
    go tool covdata percent -i "${inputs["cover-dir"]}"
  `});var npmInstall=definePipeline({needs:["busybox","nodejs","npm","${{inputs.npm-package}}"],inputs:{package:{about:"the name of the npm package",required:!0},version:{about:"its version",required:!0},prefix:{about:"where to install",default:"${{targets.contextdir}}/usr/"},overrides:{about:"package@version to use in place of others, with blanks or commas between"},"npm-package":{about:"the package manager: npm or pnpm",default:"npm"}},runs:inputs=>sh`
    prefix="${inputs.prefix}"
    overrides=$(echo "${inputs.overrides}" | tr ',\n' '  ')
    mkdir -p "$prefix/lib" "$prefix/bin"
    if [ -z "$(echo $overrides)" ]; then
      npm install --global --prefix "$prefix" "${inputs.package}@${inputs.version}"
      exit 0
    fi

    # Overrides hold for a project's own packages only, so the package is installed into one, and the project's tree taken over.
    project=$(mktemp -d)
    trap 'rm -rf "$project"' EXIT
    cd "$project"
    npm init --yes > /dev/null
    for override in $overrides; do
      npm pkg set "overrides.\${override%@*}=\${override##*@}"
    done
    npm install --save-exact "${inputs.package}@${inputs.version}"
    cp -R node_modules "$prefix/lib/"
    for program in node_modules/.bin/*; do
      [ -e "$program" ] || continue
      target=$(readlink "$program")
      case "$target" in
        "../${inputs.package}/"*) ln -sf "../lib/node_modules/\${target#../}" "$prefix/bin/$(basename "$program")" ;;
      esac
    done
  `}),mavenPombump=definePipeline({needs:["busybox","pombump"],inputs:{pom:{about:"the POM to change",default:"pom.xml"},"patch-file":{about:"a file of dependencies to change",default:"./pombump-deps.yaml"},"properties-file":{about:"a file of properties to change",default:"./pombump-properties.yaml"},dependencies:{about:"dependencies to change"},properties:{about:"properties to change"},debug:{about:"whether to show what changed",default:"false"},"show-dependency-tree":{about:"whether to show the dependencies before and after",default:"false"}},runs:inputs=>sh`
    pom="${inputs.pom}"
    set --
    if [ -n "${inputs.dependencies}" ]; then
      set -- "$@" --dependencies "${inputs.dependencies}"
    elif [ -f "${inputs["patch-file"]}" ]; then
      set -- "$@" --patch-file "${inputs["patch-file"]}"
    fi
    if [ -n "${inputs.properties}" ]; then
      set -- "$@" --properties "${inputs.properties}"
    elif [ -f "${inputs["properties-file"]}" ]; then
      set -- "$@" --properties-file "${inputs["properties-file"]}"
    fi
    [ "$#" -gt 0 ] || { echo "maven/pombump: nothing to change in $pom" >&2; exit 1; }
    tree() { if [ "${inputs["show-dependency-tree"]}" = true ]; then mvn --file "$pom" dependency:tree; fi; }

    tree
    changed=$(mktemp)
    pombump "$pom" "$@" > "$changed"
    if [ "${inputs.debug}" = true ]; then diff -u "$pom" "$changed" || true; fi
    cat "$changed" > "$pom"
    rm -f "$changed"
    tree
  `});var patch=definePipeline({needs:["patch"],inputs:{patches:{about:"patch files, with blanks between"},series:{about:"a file that names the patches, one a line, as quilt has it"},"strip-components":{about:"leading path components to drop (-p)",default:"1"},fuzz:{about:"how many lines of context may differ",default:"2"}},runs:inputs=>sh`
    fail() { echo "patch: $*" >&2; exit 1; }
    list=$(mktemp)
    trap 'rm -f "$list"' EXIT
    tr -s '[:space:]' '\n' > "$list" <<'END_OF_PATCHES'
    ${inputs.patches}
    END_OF_PATCHES
    series=$(cat <<'END_OF_SERIES'
    ${inputs.series}
    END_OF_SERIES
    )
    series=$(echo $series)
    if [ -n "$series" ]; then
      [ -f "$series" ] || fail "there is no series file $series"
      sed 's/#.*//; s/[[:space:]]*$//; s/^[[:space:]]*//' "$series" >> "$list"
    fi
    grep -q . "$list" || fail "no patches: set patches or series"

    set -- -p"${inputs["strip-components"]}"
    # busybox's patch has no such option; it copes with moved lines by itself.
    if patch --version 2>/dev/null | grep -q GNU; then set -- "$@" --fuzz="${inputs.fuzz}"; fi
    while read -r name; do
      [ -n "$name" ] || continue
      case "$name" in
        *[!A-Za-z0-9._/+@:=,~-]*|-*) fail "the name of the patch $name has a character that no patch needs" ;;
      esac
      [ -f "$name" ] || fail "there is no patch $name"
      echo "patch: $name"
      patch "$@" < "$name" || fail "cannot apply $name"
    done < "$list"
  `});var perlMake=definePipeline({needs:["busybox","perl"],inputs:{},runs:()=>sh`
    if [ -f Makefile.PL ]; then
      PERL_MM_USE_DEFAULT=1 perl Makefile.PL INSTALLDIRS=vendor
    else
      echo "perl/make: there is no Makefile.PL in $(pwd)" >&2
      exit 1
    fi
  `}),perlCleanup=definePipeline({needs:["busybox"],inputs:{},runs:()=>sh`
    # Both record when and where the build ran.
    find "${variable("targets.contextdir")}" -type f \( -name perllocal.pod -o -name .packlist \) -exec rm -f {} +
  `}),rBuild=definePipeline({needs:["R","R-dev","R-doc","busybox"],inputs:{package:{about:"the name of the R package",required:!0},version:{about:"its version",required:!0},path:{about:"its sources",default:"."}},runs:inputs=>sh`
    library="${variable("targets.contextdir")}/usr/lib/R/library"
    mkdir -p "$library"
    R CMD build --no-build-vignettes "${inputs.path}"
    R CMD INSTALL --library="$library" "${inputs.package}_${inputs.version}.tar.gz"
  `}),peclPhpize=definePipeline({needs:["autoconf","busybox"],inputs:{"php-config":{about:"the php-config to use",default:"php-config"},prefix:{about:"the prefix to configure with",default:"/usr"}},runs:inputs=>sh`
    phpize
    ./configure --prefix="${inputs.prefix}" --with-php-config="${inputs["php-config"]}"
  `}),peclInstall=definePipeline({needs:["automake","busybox"],inputs:{extension:{about:"the name of the extension",required:!0}},runs:inputs=>sh`
    destination="${variable("targets.contextdir")}"
    make INSTALL_ROOT="$destination" install
    mkdir -p "$destination/etc/php/conf.d"
    echo "extension=${inputs.extension}.so" > "$destination/etc/php/conf.d/${inputs.extension}.ini"
  `});var pythonBuild=definePipeline({needs:["busybox","python3"],inputs:{},runs:()=>sh`
    python3 setup.py build
  `}),pythonInstall=definePipeline({needs:["busybox","python3"],inputs:{},runs:()=>sh`
    python3 setup.py install --prefix=/usr --root="${variable("targets.contextdir")}"
  `}),pythonBuildWheel=definePipeline({needs:["busybox","py3-build","py3-installer","python3"],inputs:{},runs:()=>sh`
    python3 -m build --wheel --no-isolation --outdir dist
    python3 -m installer --destdir "${variable("targets.contextdir")}" --prefix /usr dist/*.whl
  `}),pythonTest=definePipeline({needs:["busybox","python3"],inputs:{command:{about:"the command to run",required:!0}},runs:inputs=>sh`
    ${inputs.command}
  `}),pythonImport=definePipeline({needs:["wolfi-base"],inputs:{python:{about:"the interpreter; DEFAULT is the only one there is",default:"DEFAULT"},imports:{about:"import statements, one a line; # begins a comment"},import:{about:"one module to import"},from:{about:"the module to import it from"},venv:{about:"a virtual environment whose interpreter to use"}},runs:inputs=>sh`
    fail() { echo "python/import: $*" >&2; exit 1; }
    python="${inputs.python}"
    if [ -n "${inputs.venv}" ]; then
      python="${inputs.venv}/bin/python3"
    elif [ "$python" = DEFAULT ]; then
      python=$(command -v python3 || true)
      if [ -z "$python" ]; then
        set -- /usr/bin/python3.[0-9] /usr/bin/python3.[0-9][0-9]
        for candidate in "$@"; do
          [ -x "$candidate" ] || continue
          [ -z "$python" ] || fail "both $python and $candidate are there: set python"
          python="$candidate"
        done
      fi
    fi
    command -v "$python" > /dev/null || fail "there is no python to run"

    statements=$(mktemp)
    cat > "$statements" <<'END_OF_IMPORTS'
    ${inputs.imports}
    END_OF_IMPORTS
    if [ -n "${inputs.from}" ]; then
      echo "from ${inputs.from} import ${inputs.import}" >> "$statements"
    elif [ -n "${inputs.import}" ]; then
      echo "import ${inputs.import}" >> "$statements"
    fi

    tried=0
    while read -r statement; do
      statement=$(echo "$statement" | sed 's/#.*//; s/[[:space:]]*$//')
      [ -n "$statement" ] || continue
      tried=$((tried + 1))
      "$python" -c "$statement" < /dev/null || fail "failed: $statement"
      echo "python/import: ok: $statement"
    done < "$statements"
    rm -f "$statements"
    [ "$tried" -gt 0 ] || fail "nothing to import: set imports"
  `});var needs2=["busybox","ca-certificates-bundle"],dir2={about:"the folder to work in",default:"."},rubyBuild=definePipeline({needs:needs2,inputs:{gem:{about:"the name of the gem",required:!0},dir:dir2,output:{about:"the file to write"},opts:{about:"options of gem build"}},runs:inputs=>sh`
    cd "${inputs.dir}"
    # The author's signing key is not here, and a gem in a package needs none.
    sed -i '/signing_key/d' "${inputs.gem}.gemspec"
    set -- "${inputs.gem}.gemspec"
    if [ -n "${inputs.output}" ]; then set -- "$@" --output "${inputs.output}"; fi
    gem build ${inputs.opts} "$@"
  `}),rubyInstall=definePipeline({needs:needs2,inputs:{gem:{about:"the name of the gem"},version:{about:"the version of the gem",required:!0},"gem-file":{about:"the file to install; GEM-VERSION.gem when empty"},dir:dir2,opts:{about:"options of gem install"}},runs:inputs=>sh`
    cd "${inputs.dir}"
    file="${inputs["gem-file"]}"
    [ -n "$file" ] || file="${inputs.gem}-${inputs.version}.gem"
    destination="${variable("targets.contextdir")}"
    gem install "$file" \
      --local \
      --install-dir "$destination$(ruby -e 'puts Gem.default_dir')" \
      --bindir "$destination/usr/bin" \
      --version "${inputs.version}" \
      --ignore-dependencies \
      --no-document \
      ${inputs.opts}
  `}),rubyClean=definePipeline({needs:needs2,inputs:{},runs:()=>sh`
    gems="${variable("targets.contextdir")}$(ruby -e 'puts Gem.default_dir')"
    [ -d "$gems" ] || exit 0
    # What building leaves behind: downloads, documentation, logs, objects.
    rm -rf "$gems/build_info" "$gems/cache" "$gems/doc" "$gems/plugins"
    find "$gems" -type f \( -name gem_make.out -o -name mkmf.log -o -name Makefile -o -name '*.o' \) -exec rm -f {} +
  `});function prepare2(name,packageName2){return sh`
    from="${variable("targets.destdir")}"
    if [ -n "${packageName2}" ]; then from="${variable("targets.outdir")}/${packageName2}"; fi
    to="${variable("targets.contextdir")}"
    if [ "$from" = "$to" ]; then
      echo "${name}: a package cannot be split from itself: use this in a subpackage, or set package" >&2
      exit 1
    fi
    mkdir -p "$to"
    [ -d "$from" ] || { echo "${name}: there is no $from" >&2; exit 1; }
    cd "$from"
    move() {
      for path in "$@"; do
        [ -e "$path" ] || [ -L "$path" ] || continue
        parent=$(dirname "$path")
        mkdir -p "$to/$parent"
        if [ -d "$path" ] && [ ! -L "$path" ] && [ -d "$to/$path" ]; then
          cp -a "$path/." "$to/$path/"
          rm -rf "$path"
        else
          mv "$path" "$to/$path"
        fi
        while [ "$parent" != . ] && rmdir "$parent" 2>/dev/null; do parent=$(dirname "$parent"); done
      done
    }
    move_found() {
      found=$(mktemp)
      find "$@" | sort > "$found"
      while read -r path; do move "$path"; done < "$found"
      rm -f "$found"
    }
  `}var packageInput={package:{about:"the package to split from; the main one when empty"}};function defineSplit(name,script){return definePipeline({needs:["busybox"],inputs:packageInput,runs:inputs=>prepare2(name,inputs.package)+script})}var splitManpages=defineSplit("split/manpages",sh`
    move usr/share/man usr/local/share/man usr/man
  `),splitInfodir=defineSplit("split/infodir",sh`
    # The directory of all info pages belongs to no package.
    rm -f usr/share/info/dir
    move usr/share/info
  `),splitLocales=defineSplit("split/locales",sh`
    move usr/share/locale usr/lib/locale
  `),splitAlldocs=defineSplit("split/alldocs",sh`
    rm -f usr/share/info/dir
    move usr/share/doc usr/share/man usr/share/info usr/share/gtk-doc usr/local/share/man
  `),splitStatic=defineSplit("split/static",sh`
    move_found . \( -type f -o -type l \) -name '*.a'
  `),splitBin=definePipeline({needs:["busybox"],inputs:packageInput,runs:inputs=>sh`
    package="${inputs.package}"
    name="${variable("context.name")}"
    if [ -z "$package" ] && [ -d "${variable("targets.outdir")}/\${name%-bin}" ]; then package="\${name%-bin}"; fi
  `+prepare2("split/bin","$package")+sh`
    move bin sbin usr/bin usr/sbin
  `}),splitDev=definePipeline({needs:["busybox"],inputs:{...packageInput,prefix:{about:"the prefix the package was installed with",default:"/usr"}},runs:inputs=>prepare2("split/dev",inputs.package)+sh`
    prefix=$(echo "${inputs.prefix}" | sed 's|^/*||; s|/*$||')
    prefix="\${prefix:-.}"
    for dir in include lib/pkgconfig lib/cmake lib/glade/modules lib/gir-1.0 \
      share/aclocal share/cmake share/gettext share/gir-1.0 share/pkgconfig share/vala; do
      move "$prefix/$dir"
    done
    for dir in "$prefix"/lib/qt*/mkspecs "$prefix"/share/qt*/mkspecs; do move "$dir"; done
    if [ -d "$prefix/bin" ]; then move_found "$prefix/bin" -name '*-config'; fi
    for dir in lib "$prefix/lib"; do
      [ -d "$dir" ] || continue
      move_found "$dir" -type f \( -name '*.a' -o -name '*.o' -o -name '*.prl' \)
      # The link without a version is for the linker; a library without one is for programs.
      move_found "$dir" -maxdepth 1 -type l -name '*.so'
    done
  `}),splitLib=definePipeline({needs:["busybox"],inputs:{...packageInput,patterns:{about:"file names to take, with blanks between",default:"*.so.*"},paths:{about:"folders to look in, with blanks between",default:"lib usr/lib"}},runs:inputs=>prepare2("split/lib",inputs.package)+sh`
    list=$(cat <<'END_OF_LISTS'
    ${inputs.patterns}
    END_OF_LISTS
    )
    set -f
    for dir in $(echo "${inputs.paths}"); do
      dir=$(echo "$dir" | sed 's|^/*||')
      [ -d "$dir" ] || continue
      for pattern in $list; do
        move_found "$dir" -maxdepth 1 \( -type f -o -type l \) -name "$pattern"
      done
    done
  `}),splitDebug=definePipeline({needs:["binutils","busybox","scanelf"],inputs:packageInput,runs:inputs=>prepare2("split/debug",inputs.package)+sh`
    list=$(mktemp)
    scanelf --recursive --nobanner --nosymlink --etype ET_DYN,ET_EXEC --format '%F' . > "$list"
    while read -r path; do
      path="\${path#./}"
      case "$path" in usr/lib/debug/*) continue ;; esac
      symbols="$to/usr/lib/debug/$path.debug"
      mkdir -p "$(dirname "$symbols")"
      mode=$(stat -c %a "$path")
      objcopy --only-keep-debug "$path" "$symbols"
      objcopy --strip-debug --add-gnu-debuglink="$symbols" "$path"
      chmod "$mode" "$path"
      chmod 644 "$symbols"
    done < "$list"
    rm -f "$list"
    move usr/lib/debug
  `});var strip2=definePipeline({needs:["binutils","scanelf"],inputs:{opts:{about:"options of strip",default:"-g"}},runs:inputs=>sh`
    dir="${variable("targets.contextdir")}"
    [ -d "$dir" ] || exit 0
    # Firmware and cross libraries are for others: strip would not know them.
    case "${variable("build.arch")}" in
      x86_64) machine=EM_X86_64 ;;
      x86) machine=EM_386 ;;
      aarch64) machine=EM_AARCH64 ;;
      armhf|armv7) machine=EM_ARM ;;
      ppc64le) machine=EM_PPC64 ;;
      riscv64) machine=EM_RISCV ;;
      s390x) machine=EM_S390 ;;
      loongarch64) machine=EM_LOONGARCH ;;
    esac
    scanelf --recursive --nobanner --nosymlink --etype ET_DYN,ET_EXEC --format '%a %F' "$dir" | while read -r kind file; do
      [ "$kind" = "$machine" ] || continue
      echo "strip ${inputs.opts} $file"
      strip ${inputs.opts} "$file"
    done
  `});var builtInPipelines=new Map([["R/build",rBuild],["autoconf/configure",configure],["autoconf/make",make],["autoconf/make-install",makeInstall],["cargo/build",cargoBuild],["cmake/build",cmakeBuild],["cmake/configure",cmakeConfigure],["cmake/install",cmakeInstall],["fetch",fetch],["git-am",gitAm],["git-checkout",gitCheckout],["go/build",goBuild],["go/build/v2",goBuildV2],["go/bump",goBump],["go/covdata",goCovdata],["go/install",goInstall],["llvm/covreport",llvmCovreport],["maven/pombump",mavenPombump],["meson/compile",mesonCompile],["meson/configure",mesonConfigure],["meson/install",mesonInstall],["npm/install",npmInstall],["patch",patch],["pecl/install",peclInstall],["pecl/phpize",peclPhpize],["perl/cleanup",perlCleanup],["perl/make",perlMake],["python/build",pythonBuild],["python/build-wheel",pythonBuildWheel],["python/import",pythonImport],["python/install",pythonInstall],["python/test",pythonTest],["ruby/build",rubyBuild],["ruby/clean",rubyClean],["ruby/install",rubyInstall],["split/alldocs",splitAlldocs],["split/bin",splitBin],["split/debug",splitDebug],["split/dev",splitDev],["split/infodir",splitInfodir],["split/lib",splitLib],["split/locales",splitLocales],["split/manpages",splitManpages],["split/static",splitStatic],["strip",strip2],["xcover/ensure",xcoverEnsure],["xcover/profile",xcoverProfile],["xcover/status",xcoverStatus],["xcover/stop",xcoverStop],["xcover/wait",xcoverWait]]);var{readdir,stat}=process.getBuiltinModule("node:fs/promises"),{join}=process.getBuiltinModule("node:path");function openPipelineLibrary(folders,limits){let known=new Map;return{find:name=>{let found=known.get(name)??findDefinition(name,folders,limits);return known.set(name,found),found},names:async()=>{let fromFolders=await Promise.all(folders.map(folder=>listDefinitions(folder,"",limits.depth)));return[...new Set([...fromFolders.flat(),...builtInPipelines.keys()])].sort(compareBytes2)}}}function isPipelineName(name){return/^[A-Za-z0-9_+.-]+(?:\/[A-Za-z0-9_+.-]+)*$/.test(name)&&!name.includes("..")&&!name.split("/").includes(".")}async function findDefinition(name,folders,limits){for(let folder of folders){let path=join(folder,`${name}.yaml`);if(!await isFile(path))continue;let text5=(await readFileWithin(path,limits.configBytes,"configBytes")).toString("utf8");return parsePipelineDefinition(text5,path,limits)}return builtInPipelines.get(name)}async function isFile(path){return stat(path).then(found=>found.isFile(),()=>!1)}async function listDefinitions(folder,prefix,depth){let names2=(await readdir(folder,{withFileTypes:!0}).catch(()=>[])).map(async entry=>entry.isFile()&&entry.name.endsWith(".yaml")?[`${prefix}${entry.name.slice(0,-5)}`]:!entry.isDirectory()||depth===0?[]:listDefinitions(join(folder,entry.name),`${prefix}${entry.name}/`,depth-1));return(await Promise.all(names2)).flat()}const {compareBytes:compareBytes3}=__load("base.part.js");const {defaultLimits:defaultLimits3}=__load("base.part.js");const {toApkArch:toApkArch2}=__load("shared-fetch-image-resolve.part.js");const {EngineError:EngineError}=__load("base.part.js");var BuildError=class extends EngineError{};function collectCompileProblems(){let found=new Map;return{add:(code,place,message,hint)=>{let context=place&&{file:place.file,line:place.line,column:place.column},identity=JSON.stringify([code,message,context]);found.has(identity)||found.set(identity,new BuildError(code,message,{hint,context}))},list:()=>[...found.values()]}}function requireCompiled(problems,file,arch){let found=problems.list(),[first]=found;if(first===void 0)return;let count=found.length===1?"1 problem":`${String(found.length)} problems`;throw new BuildError("COMPILE_INVALID",`cannot compile ${file} for ${arch}: ${count}`,{hint:found.length===1?"correct the line named below":"correct the lines named below",context:{file,line:first.context.line,column:first.context.column},problems:found})}function placeOfPart(place,part,nth){return place&&placeWithin(place,part,nth)}const {isEngineError:isEngineError}=__load("base.part.js");const {suggestName:suggestName5}=__load("base.part.js");const {suggestName:suggestName4}=__load("base.part.js");const {suggestName:suggestName3}=__load("base.part.js");function scopeOf(values){let known=new Map(Object.entries(values));return{lookup:name=>known.get(name),names:()=>[...known.keys()]}}function extendScope2(outer,inner){return{lookup:name=>inner.lookup(name)??outer.lookup(name),names:()=>[...inner.names(),...outer.names()]}}function substitute(text5,scope,place,problems){return reportUnresolved(text5,scope,place,problems),scanReferences(text5).map(part=>part.kind==="reference"?scope.lookup(part.name)??part.spelling:part.spelling).join("")}function substituteCondition(text5,scope,place,problems){return reportUnresolved(text5,scope,place,problems),replaceInCondition(text5,scope.lookup)}function reportUnresolved(text5,scope,place,problems){let seen=new Map;for(let part of scanReferences(text5)){let nth=seen.get(part.spelling)??0;if(seen.set(part.spelling,nth+1),part.kind==="malformed")problems.add("COMPILE_BAD_REFERENCE",placeOfPart(place,part.spelling,nth),"`${{` opens no reference","write `${{name}}`; a name has letters, digits, `.`, `_`, `-`");else if(part.kind==="reference"&&scope.lookup(part.name)===void 0){let at=placeOfPart(place,part.spelling,nth);problems.add("COMPILE_UNKNOWN_VARIABLE",at,`unknown variable \`${part.name}\``,hintFor(part.name,scope))}}}function hintFor(name,scope){if(name.startsWith("subpkg.")||name==="targets.subpkgdir")return"use it in the pipeline of a subpackage only";let otherwise=name.startsWith("inputs.")?"declare it under `inputs`":"define it under `vars`";return suggestName3(name,scope.names(),otherwise)??otherwise}function resolveInputs(step,callee,outer,problems){reportUndeclared(step,callee,problems);let values=new Map,open=new Set,valueOf=name=>{let known=values.get(name);if(known!==void 0||open.has(name))return known??"";open.add(name);let given=givenValue(step,name),text5=given??callee.inputs[name]?.default??"",place=given===void 0?void 0:step.places[`with.${name}`],value2=substitute(text5,given===void 0?siblingsFirst:outerFirst,place??step.places[""],problems);return open.delete(name),values.set(name,value2),value2},sibling=variable2=>{let name=variable2.startsWith("inputs.")?variable2.slice(7):"";return Object.hasOwn(callee.inputs,name)?valueOf(name):void 0},names2=Object.keys(callee.inputs),scope={lookup:sibling,names:()=>names2.map(name=>`inputs.${name}`)},both=()=>[...scope.names(),...outer.names()],siblingsFirst={lookup:name=>sibling(name)??outer.lookup(name),names:both},outerFirst={lookup:name=>outer.lookup(name)??sibling(name),names:both};for(let name of names2)checkInput(name,valueOf(name),step,callee,problems);return{values:Object.fromEntries(values),given:unlikeDefaults(step,callee,values),scope}}function givenValue(step,name){let given=Object.hasOwn(step.with,name)?step.with[name]:void 0;return given===""?void 0:given}function unlikeDefaults(step,callee,values){return Object.keys(step.with).length===0?{}:Object.fromEntries([...values].filter(([name,value2])=>value2!==callee.inputs[name]?.default))}function reportUndeclared(step,callee,problems){let declared=Object.keys(callee.inputs);for(let name of Object.keys(step.with).filter(each=>!Object.hasOwn(callee.inputs,each))){let otherwise=declared.length===0?"it takes no inputs":`it takes ${declared.join(", ")}`,place=step.places[`with.${name}`]??step.places[""],message=`the pipeline ${step.uses} has no input \`${name}\``;problems.add("COMPILE_UNKNOWN_INPUT",place,message,suggestName4(name,declared,otherwise))}}var hexLengths={"expected-sha256":64,"expected-sha512":128,"expected-commit":40};function checkInput(name,value2,step,callee,problems){let place=step.places[`with.${name}`]??step.places[""];callee.inputs[name]?.required===!0&&givenValue(step,name)===void 0&&value2===""&&problems.add("COMPILE_MISSING_INPUT",place,`the pipeline ${step.uses} needs the input \`${name}\``,`add \`${name}:\` under \`with\``);let length=hexLengths[name];if(length===void 0||value2===""||value2.includes("${{")||value2.length===length&&/^[0-9a-fA-F]+$/.test(value2))return;let message=`the input \`${name}\` is \`${value2}\`, not ${String(length)} hex digits`;problems.add("COMPILE_BAD_INPUT",place,message,"write the whole checksum or commit")}function evaluateCondition(condition){if(condition.trim()==="")return{ok:!0,holds:!0};let cursor={text:condition,at:0,depth:0};try{let holds=readCondition(cursor);if(skipBlanks(cursor),cursor.at<condition.length)throw new Malformed(`unexpected ${excerpt(cursor)}`,cursor.at);return{ok:!0,holds}}catch(error){if(!(error instanceof Malformed))throw error;return{ok:!1,problem:error.message,position:error.position}}}var maximumDepth=100,Malformed=class extends Error{position;constructor(message,position){super(message),this.position=position}};function readCondition(cursor){let holds=readTerm(cursor);for(;;){let operator=readOneOf(cursor,["&&","||"]);if(operator===void 0)return holds;let next=readTerm(cursor);holds=operator==="&&"?holds&&next:holds||next}}function readTerm(cursor){if(readOneOf(cursor,["("])===void 0)return readComparison(cursor);if(cursor.depth+=1,cursor.depth>maximumDepth)throw new Malformed("too many parentheses",cursor.at);let holds=readCondition(cursor);if(cursor.depth-=1,readOneOf(cursor,[")"])===void 0)throw expected("`)`",cursor);return holds}function readComparison(cursor){let left=readLiteral(cursor),operator=readOneOf(cursor,["==","!="]);if(operator===void 0)throw expected("`==` or `!=`",cursor);let right=readLiteral(cursor);return left===right==(operator==="==")}function readLiteral(cursor){skipBlanks(cursor);let literal=/'((?:[^'\\]|\\[^])*)'|"((?:[^"\\]|\\[^])*)"/y;literal.lastIndex=cursor.at;let match=literal.exec(cursor.text);if(match===null)throw expected("a quoted value",cursor);return cursor.at=literal.lastIndex,(match[1]??match[2]??"").replace(/\\([^])/g,(whole,letter)=>escapes[letter]??whole)}var escapes={"\\":"\\","'":"'",'"':'"',n:`
`,t:"	"};function readOneOf(cursor,tokens){skipBlanks(cursor);let found=tokens.find(token=>cursor.text.startsWith(token,cursor.at));return cursor.at+=found?.length??0,found}function skipBlanks(cursor){for(;/\s/.test(cursor.text[cursor.at]??"");)cursor.at+=1}function expected(what,cursor){return new Malformed(`expected ${what}, found ${excerpt(cursor)}`,cursor.at)}function excerpt({text:text5,at}){return at<text5.length?`\`${text5.slice(at,at+40)}\``:"the end"}async function compileSteps(steps,around,tools){let compiled=[];for(let step of steps)compiled.push(await compileStep(step,around,tools));return compiled}async function compileStep(step,around,tools){let{problems}=tools,definition=await findDefinition2(step,around,tools);if(definition===void 0)return compileBody(step,{...step,uses:"",with:{}},around,tools);let callee=definition===step?step:joinDefinition(step,definition),inputs=resolveInputs(step,definition,around.scope,problems),inner={...around,scope:extendScope2(around.scope,inputs.scope)};return{...await compileBody(step,callee,inner,tools),uses:step.uses,with:inputs.given,inputs:inputs.values}}async function findDefinition2(step,around,tools){if(step.uses===""||step.pipeline.length>0)return step;let{library,problems}=tools,place=step.places.uses??step.places[""];if(!isPipelineName(step.uses)){problems.add("COMPILE_BAD_PIPELINE_NAME",place,`\`${step.uses}\` is no name of a pipeline`,"write a name such as `split/dev`, without `..` and not from the root");return}if(around.within.includes(step.uses)||around.within.length>=tools.depth){problems.add("COMPILE_PIPELINE_CYCLE",place,`the pipeline ${step.uses} uses itself`,"break the circle of `uses`");return}try{let found=await library.find(step.uses);return found===void 0&&await reportUnknownPipeline(step,tools),found}catch(error){if(!isEngineError(error))throw error;for(let{message,hint,context}of error.problems.length>0?error.problems:[error]){let{file=step.uses,line=1,column=1}=context;problems.add("COMPILE_BAD_PIPELINE",{file,line,column},message,hint)}return}}async function reportUnknownPipeline(step,{library,problems}){let names2=await library.names(),otherwise="name the folder that holds it with --pipeline-dir",place=step.places.uses??step.places[""];problems.add("COMPILE_UNKNOWN_PIPELINE",place,`there is no pipeline ${step.uses}`,suggestName5(step.uses,names2,otherwise))}function joinDefinition(step,definition){return{...definition,name:step.name,if:[step.if,definition.if].filter(condition=>condition!=="").length===2?`(${step.if}) && (${definition.if})`:step.if||definition.if,needs:[...step.needs,...definition.needs],workingDirectory:definition.workingDirectory||step.workingDirectory,environment:{...step.environment,...definition.environment},requiredSteps:definition.requiredSteps||step.requiredSteps,label:step.label,line:step.line,places:{...definition.places,...definition.if===""&&{if:step.places.if??step.places[""]}}}}async function compileBody(step,body,around,tools){let{problems}=tools,text5=(value2,where)=>substitute(value2,around.scope,body.places[where]??body.places[""],problems),condition=substituteCondition(body.if,around.scope,body.places.if,problems),workingDirectory=text5(body.workingDirectory,"working-directory")||around.workingDirectory,environment={...around.environment,...body.environment},within=step.uses===""?around.within:[...around.within,step.uses];return{name:step.name,uses:step.uses,with:{},inputs:{},if:condition,enabled:decide(condition,body,problems),script:text5(body.runs,"runs"),workingDirectory,environment,needs:body.needs.map((name,index)=>text5(name,`needs.${String(index)}`)),requiredSteps:body.requiredSteps,pipeline:await compileSteps(body.pipeline,{scope:around.scope,workingDirectory,environment,within},tools),label:body.label,line:step.line}}function decide(condition,step,problems){if(condition.includes("${{"))return!1;let verdict=evaluateCondition(condition);if(verdict.ok)return verdict.holds;let rest=condition.slice(verdict.position).slice(0,40),place=placeOfPart(step.places.if??step.places[""],rest,0);return problems.add("COMPILE_BAD_CONDITION",place,`cannot read the condition \`${condition}\`: ${verdict.problem}`,"compare quoted values: `\"${{vars.x}}\" == 'y'`"),!1}const {toApkArch:toApkArch}=__load("shared-fetch-image-resolve.part.js");const {toOciArch:toOciArch}=__load("shared-fetch-image-resolve.part.js");var workspaceDir="/home/build",outDir=`${workspaceDir}/melange-out`;function packageVariables(config,arch,libcFlavor){let main=config.package.name,packages=[main,...config.subpackages.map(({name})=>name)];return{...config.variables,"package.srcdir":workspaceDir,"targets.outdir":outDir,"targets.destdir":`${outDir}/${main}`,"targets.contextdir":`${outDir}/${main}`,"context.name":main,...Object.fromEntries(packages.map(name=>[`targets.package.${name}`,`${outDir}/${name}`])),...tripletVariables(arch,libcFlavor),"build.arch":toApkArch(arch),"build.goarch":toOciArch(arch),...optionVariables(config)}}function subpackageVariables(name){let dir3=`${outDir}/${name}`;return{"targets.contextdir":dir3,"targets.subpkgdir":dir3,"subpkg.name":name,"context.name":name}}function optionVariables(config){let names2=new Set([...Object.keys(config.options),...config.enabledOptions]);return Object.fromEntries([...names2].map(name=>[`options.${name}.enabled`,String(config.enabledOptions.includes(name))]))}function tripletVariables(arch,flavor){let triplet=triplets[toOciArch(arch)];return triplet===void 0?{}:{"host.triplet.gnu":triplet.gnu(flavor),"host.triplet.rust":triplet.rust(flavor),"cross.triplet.gnu.glibc":triplet.gnu("gnu"),"cross.triplet.gnu.musl":triplet.gnu("musl"),"cross.triplet.rust.glibc":triplet.rust("gnu"),"cross.triplet.rust.musl":triplet.rust("musl")}}var triplets={386:tripletOf("i486-pc-linux-","i686-unknown-linux-"),amd64:tripletOf("x86_64-pc-linux-","x86_64-unknown-linux-"),arm64:tripletOf("aarch64-unknown-linux-","aarch64-unknown-linux-"),"arm/v6":tripletOf("arm-unknown-linux-","armv6-unknown-linux-","eabihf"),"arm/v7":tripletOf("armv7l-unknown-linux-","armv7-unknown-linux-","eabihf"),loong64:tripletOf("loongarch64-unknown-linux-","loongarch64-unknown-linux-"),ppc64le:tripletOf("powerpc64le-unknown-linux-","powerpc64le-unknown-linux-"),riscv64:tripletOf("riscv64-unknown-linux-","riscv64gc-unknown-linux-"),s390x:tripletOf("s390x-ibm-linux-","s390x-unknown-linux-")};function tripletOf(gnu,rust,abi=""){return{gnu:flavor=>`${gnu}${flavor}${abi}`,rust:flavor=>`${rust}${flavor}${abi}`}}async function compilePackageConfig(config,options2){let limits=options2.limits??defaultLimits3,arch=toApkArch2(options2.arch),problems=collectCompileProblems(),tools={library:options2.library??openPipelineLibrary(options2.pipelineDirs??[],limits),problems,depth:limits.depth},scope=scopeOf(packageVariables(config,arch,options2.libcFlavor??"gnu")),pipeline=await compileTop(config.pipeline,scope,tools),subpackages=await compileSubpackages(config,scope,tools),test=await compileTest(config.test,config.package.name,scope,tools);requireCompiled(problems,config.file,arch);let needs3=[pipeline,...subpackages.map(each=>each.pipeline)].flatMap(collectNeeds);return{arch,package:config.package,environment:withPackages(config.environment,needs3),capabilities:config.capabilities,pipeline,subpackages,...test&&{test},record:{vars:config.vars,"var-transforms":config.varTransforms,update:config.update}}}async function compileSubpackages(config,outer,tools){let compiled=[];for(let subpackage of config.subpackages){let scope=extendScope2(outer,scopeOf(subpackageVariables(subpackage.name))),{condition,holds}=decideSubpackage(subpackage,scope,config.file,tools),pipeline=await compileTop(subpackage.pipeline,scope,tools),test=await compileTest(subpackage.test,subpackage.name,scope,tools);holds&&compiled.push(assembleSubpackage2(subpackage,condition,pipeline,test))}return compiled}function assembleSubpackage2(subpackage,condition,pipeline,test){return{if:condition,name:subpackage.name,description:subpackage.description,url:subpackage.url,commit:subpackage.commit,annotations:subpackage.annotations,pipeline,dependencies:subpackage.dependencies,options:subpackage.options,scriptlets:subpackage.scriptlets,disabledChecks:subpackage.disabledChecks,setcap:subpackage.setcap,...test&&{test}}}function decideSubpackage(subpackage,scope,file,{problems}){let place=subpackage.ifPlace,condition=substituteCondition(subpackage.if,scope,place,problems);if(condition.includes("${{"))return{condition,holds:!1};let verdict=evaluateCondition(condition);if(verdict.ok)return{condition,holds:verdict.holds};let message=`cannot read the condition \`${condition}\` of ${subpackage.name}: ${verdict.problem}`;return problems.add("COMPILE_BAD_CONDITION",place??{file,line:1,column:1},message,"compare quoted values: `'a' == 'b'`"),{condition,holds:!1}}async function compileTest(test,name,scope,tools){if(test===void 0)return;let pipeline=await compileTop(test.pipeline,scope,tools);if(pipeline.length===0)return{environment:test.environment,pipeline};let packages=[...test.environment.contents.packages,name,...collectNeeds(pipeline)],contents={...test.environment.contents,packages:[...new Set(packages)].sort(compareBytes3)};return{environment:{...test.environment,contents},pipeline}}function compileTop(steps,scope,tools){return compileSteps(steps,{scope,workingDirectory:"",environment:{},within:[]},tools)}function collectNeeds(steps){return steps.filter(step=>step.enabled).flatMap(step=>[...step.needs,...collectNeeds(step.pipeline)])}function withPackages(environment,more){return{...environment,contents:{...environment.contents,packages:[...environment.contents.packages,...more]}}}

return{get loadPackageConfig(){return loadPackageConfig},get sourceDirOf(){return sourceDirOf},get BuildError(){return BuildError},get compiledToJson(){return compiledToJson},get openPipelineLibrary(){return openPipelineLibrary},get compilePackageConfig(){return compilePackageConfig}}})