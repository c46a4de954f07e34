#!/usr/bin/env pwsh
# The front door: builds what has changed, then runs Tandem. `./run.ps1 --help` says what it can do; run.sh is its twin.
$ErrorActionPreference = 'Stop'
if (-not (Get-Command dotnet -ErrorAction SilentlyContinue)) {
    [Console]::Error.WriteLine("run.ps1: there is no 'dotnet' on the PATH. Install the .NET SDK 10 or newer: https://dotnet.microsoft.com/download")
    exit 4
}
Push-Location $PSScriptRoot
try {
    $sdk = dotnet --version 2>$null
    if (-not $sdk -or [int]($sdk -split '\.')[0] -lt 10) {
        [Console]::Error.WriteLine("run.ps1: the .NET SDK 10 or newer is needed, there is: $sdk. Install it: https://dotnet.microsoft.com/download")
        exit 4
    }
    dotnet msbuild Tandem.slnx -restore -v:quiet -nologo | ForEach-Object { [Console]::Error.WriteLine($_) }
    if ($LASTEXITCODE -ne 0) {
        [Console]::Error.WriteLine('run.ps1: the build failed; the errors are above.')
        exit 1
    }
}
finally {
    Pop-Location
}
$env:TANDEM_BUILT = '1'
dotnet (Join-Path $PSScriptRoot 'Cli/bin/Debug/net10.0/Tandem.Cli.dll') @args
exit $LASTEXITCODE
