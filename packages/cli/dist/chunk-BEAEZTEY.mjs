import{certainEntries,planEntries,sortTree,unpackBase}from"./chunk-5DNPF5M5.mjs";import"./chunk-HZMQXSZB.mjs";import"./chunk-I6SLY6UU.mjs";export{certainEntries,planEntries,sortTree,unpackBase};
