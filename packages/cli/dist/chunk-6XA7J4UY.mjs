import{describePackage,describePackageFile,signerJudge}from"./chunk-F7AET7YF.mjs";import"./chunk-I6SLY6UU.mjs";export{describePackage,describePackageFile,signerJudge};
