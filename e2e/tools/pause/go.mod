module github.com/adze-ci/adze/e2e/tools/pause

go 1.26.4
