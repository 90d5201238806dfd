((__load,__loadLater,__url,require)=>{"use strict";const {imageBuild:imageBuild,sbomFormatsOf:sbomFormatsOf,sbomOptions:sbomOptions}=__load("chunk-7M2XAPUX.part.js");__load("chunk-WUKYLWAZ.part.js");__load("chunk-CQV5T4MX.part.js");__load("chunk-I6SLY6UU.part.js");

return{get imageBuild(){return imageBuild},get sbomFormatsOf(){return sbomFormatsOf},get sbomOptions(){return sbomOptions}}})