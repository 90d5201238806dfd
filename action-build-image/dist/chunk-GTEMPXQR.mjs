var scriptNames=["pre-install","post-install","pre-upgrade","post-upgrade","pre-deinstall","post-deinstall","trigger"];export{scriptNames};
