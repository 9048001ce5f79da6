module github.com/adze-ci/adze/e2e/tools/bounded-runc

go 1.26.4
