function isKnownEngine(){return process.versions.v8.startsWith("13.6.")}export{isKnownEngine};
