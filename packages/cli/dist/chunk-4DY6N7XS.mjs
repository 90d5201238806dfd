import{createRequire as __createRequire}from"node:module";const require=__createRequire(import.meta.url);
import{__name}from"./chunk-GDR2EFML.mjs";function narrow(repository,isOffered){return{...repository,indexText:void 0,records:repository.records.filter(isOffered)}}__name(narrow,"narrow");export{narrow};
