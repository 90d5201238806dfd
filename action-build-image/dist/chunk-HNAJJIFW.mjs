function append(lists,key,value){let list=lists.get(key);list===void 0?lists.set(key,[value]):list.push(value)}export{append};
