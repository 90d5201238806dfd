function narrow(repository,isOffered){return{...repository,indexText:void 0,records:repository.records.filter(isOffered)}}export{narrow};
