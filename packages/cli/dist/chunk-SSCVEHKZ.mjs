import{describePackage,describePackageFile,signerJudge}from"./chunk-PIQRQ67E.mjs";import"./chunk-I6SLY6UU.mjs";export{describePackage,describePackageFile,signerJudge};
