#!/usr/bin/env pwsh
#Requires -Version 7.4
# The front door: builds what has changed, then runs Tandem. `./run.ps1 --help` says what it can do; run.sh is its twin.
# Both keep one stamp and one lock.
$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $false # an exit code is an answer, not an exception
$PSNativeCommandArgumentPassing = 'Standard'

function Resolve-File($path) { # absolute, and where links lead
    $target = [IO.File]::ResolveLinkTarget($path, $true)
    if ($target) { $target.FullName } else { [IO.Path]::GetFullPath($path) }
}

# Where a shell starts it (`pwsh run.ps1 ...`), the process is this script's own, and its command line has the words as they were typed.
$line = [Environment]::GetCommandLineArgs()
$at = 1
function Test-Self($word) { [IO.File]::Exists($word) -and (Split-Path -Leaf (Resolve-File $word)) -eq 'run.ps1' }
while ($at -lt $line.Count -and -not (Test-Self $line[$at])) { $at++ }
$isOwnProcess = $Host.Name -eq 'ConsoleHost' -and (Get-PSCallStack).Count -eq 1 -and $at -lt $line.Count -and
    (-not $PSCommandPath -or $PSCommandPath -eq [IO.Path]::GetFullPath($line[$at]))
$root = Split-Path -Parent (Resolve-File ($isOwnProcess ? $line[$at] : $PSCommandPath))
$program = [IO.Path]::Combine($root, 'Cli', 'bin', 'Debug', 'net10.0', 'Tandem.Cli.dll')
$products = [IO.Path]::Combine($root, 'Cli', 'obj')
$stamp = Join-Path $products 'run.stamp' # lists what the last good build was made of, and is as old as its start

function Write-Line($text) { [Console]::Error.WriteLine($text) }

# What a build reads, listed as run.sh does: every file but products, stores, tasks, texts and what Slurm's tasks print.
# And when the last of them was written.
function Read-Source {
    $paths = [Collections.Generic.List[string]]::new()
    $written = [DateTime]::MinValue
    $folders = [Collections.Generic.Stack[IO.DirectoryInfo]]::new()
    $folders.Push($root)
    while ($folders.Count -gt 0) {
        foreach ($entry in $folders.Pop().EnumerateFileSystemInfos()) {
            $path = './' + [IO.Path]::GetRelativePath($root, $entry.FullName).Replace([IO.Path]::DirectorySeparatorChar, [char]'/')
            $isFolder = $entry -is [IO.DirectoryInfo]
            if ($entry.Name -cin 'bin', 'obj', 'TestResults' -or $path -cin './results', './tasks', './experiments', './agents' -or
                ($isFolder -and $path.StartsWith('./.')) -or $entry.LinkTarget) { continue }
            if ($isFolder) { $folders.Push($entry) }
            elseif ($entry.Name -cnotlike '*.md' -and $entry.Name -cnotlike 'run.*' -and $entry.Name -cnotlike 'slurm-*.out') {
                $paths.Add($path)
                if ($entry.LastWriteTimeUtc -gt $written) { $written = $entry.LastWriteTimeUtc }
            }
        }
    }
    $paths.Sort([StringComparer]::Ordinal)
    @{ List = [string]::Join("`n", $paths) + "`n"; Written = $written }
}

function Test-Built {
    if (-not ([IO.File]::Exists($program) -and [IO.File]::Exists($stamp))) { return $false }
    $source = Read-Source
    $source.Written -le [IO.File]::GetLastWriteTimeUtc($stamp) -and $source.List -ceq [IO.File]::ReadAllText($stamp)
}

# Two builds at once would write the same files: the second waits, and finds nothing to do.
# On Linux and macOS this lock is flock's, as in run.sh.
function Wait-Lock {
    $heldCodes = 11, 35, -2147024864 # Linux, macOS, Windows
    for ($tries = 1; ; $tries++) {
        try { return [IO.File]::Open((Join-Path $products 'run.lock'), 'OpenOrCreate', 'ReadWrite', 'None') }
        catch [IO.IOException] { if ($_.Exception.HResult -notin $heldCodes) { throw } }
        if ($tries -eq 1) { Write-Line 'Waiting for another build ...' }
        Start-Sleep -Milliseconds 100
    }
}

function Invoke-Build { # gives an exit code
    Push-Location -LiteralPath $root
    try {
        $sdk = "$(& $dotnet --version 2>$null)"
        if ($LASTEXITCODE -ne 0) { $sdk = 'none' }
        if ($sdk -notmatch '^(\d+)\.' -or [int]$Matches[1] -lt 10) {
            Write-Line "run.ps1: the .NET SDK 10 or newer is needed, there is: $sdk. Install it: https://dotnet.microsoft.com/download"
            return 4
        }
        Write-Line 'Building ...'
        [IO.File]::WriteAllText("$stamp.new", (Read-Source).List)
        # As dotnet build, but says nothing if all is well.
        & $dotnet msbuild Tandem.slnx -restore -v:quiet -nologo | ForEach-Object { Write-Line $_ }
        if ($LASTEXITCODE -ne 0) {
            Write-Line 'run.ps1: the build failed; the errors are above.'
            return 1
        }
        [IO.File]::Move("$stamp.new", $stamp, $true)
        return 0
    }
    finally { Pop-Location }
}

# In a session PowerShell has read the words already: a,b is a list, and -p:x=y are two words.
function Join-Word($words) {
    $joined = [Collections.Generic.List[string]]::new()
    foreach ($word in $words) {
        $text = $word -is [Collections.IList] ? $word -join ',' : "$word"
        if ($joined.Count -gt 0 -and $joined[-1] -match '^-[^:]+:$') { $joined[-1] += $text } else { $joined.Add($text) }
    }
    , $joined.ToArray()
}

# Each word in quotes: those of a variable would be taken for patterns of files' names.
function Format-Call($words) {
    $escaped = foreach ($word in $words) { [Management.Automation.Language.CodeGeneration]::EscapeSingleQuotedStringContent($word) }
    "& '" + ($escaped -join "' '") + "'"
}

$code = 130 # Ctrl-C ends the script wherever it is, but for what stands under `finally`
$isRunning = $false
$before = $env:TANDEM_BUILT_BY
try {
    $dotnet = (Get-Command dotnet -CommandType Application -TotalCount 1 -ErrorAction Ignore)?.Source
    if (-not $dotnet) {
        Write-Line "run.ps1: there is no 'dotnet' on the PATH. Install the .NET SDK 10 or newer: https://dotnet.microsoft.com/download"
        $code = 4
        return
    }
    if (-not (Test-Built)) {
        [void][IO.Directory]::CreateDirectory($products)
        $lock = Wait-Lock
        try { $result = (Test-Built) ? 0 : (Invoke-Build) }
        finally { $lock.Dispose() }
        if ($result -ne 0) {
            $code = $result
            return
        }
    }
    $env:TANDEM_BUILT_BY = 'run.ps1'
    $words = @($dotnet, $program) + ($isOwnProcess ? @($line | Select-Object -Skip ($at + 1)) : (Join-Word $args))
    if ($isOwnProcess -and -not $IsWindows -and -not ($line[1..$at] -match '^-+noe')) {
        [Environment]::CurrentDirectory = (Get-Location -PSProvider FileSystem).ProviderPath
        Switch-Process -WithCommand $words # the program gets this process, and with it every signal
    }
    $isRunning = $true
    $global:LASTEXITCODE = $code
    $call = Format-Call $words
    # Not by its name: from a script that names it, PowerShell keeps the standard input that is the program's.
    if ($MyInvocation.ExpectingInput) { (Get-Variable -ValueOnly input) | & ([scriptblock]::Create("`$input | $call")) }
    else { & ([scriptblock]::Create($call)) }
}
catch {
    Write-Line "run.ps1: $_"
    $code = 1
    $isRunning = $false
}
finally {
    $env:TANDEM_BUILT_BY = $before
    if ($isRunning) { $code = $LASTEXITCODE }
    exit $code
}
