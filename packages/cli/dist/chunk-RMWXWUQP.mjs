import{certainEntries,planEntries,sortTree,unpackBase}from"./chunk-4I4IZV27.mjs";import"./chunk-XTAELJZM.mjs";import"./chunk-I6SLY6UU.mjs";export{certainEntries,planEntries,sortTree,unpackBase};
