((__load,__loadLater,__url,require)=>{"use strict";
return{}})