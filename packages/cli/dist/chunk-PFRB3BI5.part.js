((__load,__loadLater,__url,require)=>{"use strict";var imagePlaceOptions={"insecure-registry":{kind:"list",value:"HOST",help:"registries that are spoken to over plain HTTP; loopback always is"}},imagePlaces="a layout directory, a tar, or a reference to a registry";

return{get imagePlaceOptions(){return imagePlaceOptions},get imagePlaces(){return imagePlaces}}})