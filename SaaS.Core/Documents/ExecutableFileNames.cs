using System.Collections.Frozen;

namespace SaaS.Core.Documents;

/// <summary>
/// File names that make content executable whatever its bytes are: text named run.bat is a program on Windows. They are accepted only where
/// the media type of such programs is.
/// </summary>
internal static class ExecutableFileNames
{
    private static readonly FrozenDictionary<string, string> TypeByExtension = new Dictionary<string, string[]>
    {
        ["application/x-msdownload"] = ["exe", "com", "scr", "pif", "cpl", "dll", "ocx", "sys", "drv"],
        ["application/x-msi"] = ["msi", "msp", "mst", "msix", "msixbundle", "appx", "appxbundle"],
        ["application/x-bat"] = ["bat", "cmd"],
        ["application/x-powershell"] = ["ps1", "ps1xml", "ps2", "psc1", "psc2", "psd1", "psm1", "cdxml", "pssc"],
        ["text/vbscript"] = ["vb", "vbe", "vbs", "ws", "wsc", "wsf", "wsh", "sct", "msh", "msh1", "msh2"],
        ["text/javascript"] = ["js", "jse", "mjs", "cjs"],
        ["application/hta"] = ["hta"],
        ["application/java-archive"] = ["jar", "jnlp", "class"],
        ["text/x-registry"] = ["reg", "inf", "ins", "isp", "pol"],
        ["application/x-ms-shortcut"] =
        [
            "lnk",
            "url",
            "scf",
            "shb",
            "shs",
            "application",
            "appref-ms",
            "gadget",
            "library-ms",
            "search-ms",
            "searchconnector-ms",
            "settingcontent-ms",
            "msc",
            "diagcab",
            "theme",
            "themepack",
            "job",
            "desktopthemepackfile",
        ],
        ["application/x-chm"] = ["chm", "hlp"],
        ["application/x-sh"] = ["sh", "bash", "csh", "ksh", "zsh", "fish", "command", "run", "tool"],
        ["application/x-desktop"] =
        [
            "desktop",
            "app",
            "action",
            "workflow",
            "scpt",
            "applescript",
            "webloc",
            "terminal",
            "fileloc",
            "inetloc",
        ],
        ["application/x-executable"] = ["elf", "appimage", "apk", "ipa", "deb", "rpm", "pkg", "mpkg"],
    }
        .SelectMany(entry => entry.Value.Select(extension => (Extension: extension, Type: entry.Key)))
        .ToFrozenDictionary(entry => entry.Extension, entry => entry.Type, StringComparer.OrdinalIgnoreCase);

    /// <returns>The media type of a file with this name; null for a name that is not executable.</returns>
    public static string? GetMediaType(string filename)
    {
        var name = filename.TrimEnd('.', ' '); // Windows ignores them
        return
            TypeByExtension.GetValueOrDefault(name[(name.LastIndexOf('.') + 1)..]) is { } type
            && name.Contains('.', StringComparison.Ordinal)
            ? type
            : null;
    }
}
