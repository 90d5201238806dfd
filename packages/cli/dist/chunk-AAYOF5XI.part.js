((__load,__loadLater,__url,require)=>{"use strict";const {describePackage:describePackage,describePackageFile:describePackageFile,signerJudge:signerJudge}=__load("chunk-HEA6US5V.part.js");__load("chunk-I6SLY6UU.part.js");

return{get describePackage(){return describePackage},get describePackageFile(){return describePackageFile},get signerJudge(){return signerJudge}}})