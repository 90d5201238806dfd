import{describePackage,describePackageFile,signerJudge}from"./chunk-HEA6US5V.mjs";import"./chunk-I6SLY6UU.mjs";export{describePackage,describePackageFile,signerJudge};
