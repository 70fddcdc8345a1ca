using System.Collections.Frozen;

namespace SaaS.Core.Documents;

/// <summary>
/// Names that make content run when it is opened, whatever its bytes are: a text that is called run.bat is a program on Windows. They
/// are taken where the media type is taken that such content has.
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
        ["application/x-ms-shortcut"] = ["lnk", "url", "scf", "shb", "shs", "application", "appref-ms", "gadget", "library-ms", "search-ms", "searchconnector-ms", "settingcontent-ms", "msc", "diagcab", "theme", "themepack", "job", "desktopthemepackfile"],
        ["application/x-chm"] = ["chm", "hlp"],
        ["application/x-sh"] = ["sh", "bash", "csh", "ksh", "zsh", "fish", "command", "run", "tool"],
        ["application/x-desktop"] = ["desktop", "app", "action", "workflow", "scpt", "applescript", "webloc", "terminal", "fileloc", "inetloc"],
        ["application/x-executable"] = ["elf", "appimage", "apk", "ipa", "deb", "rpm", "pkg", "mpkg"],
    }.SelectMany(entry => entry.Value.Select(extension => (Extension: extension, Type: entry.Key)))
        .ToFrozenDictionary(entry => entry.Extension, entry => entry.Type, StringComparer.OrdinalIgnoreCase);

    /// <returns>The media type of what is called so; null for a name that makes nothing run.</returns>
    public static string? TypeOf(string filename)
    {
        var name = filename.TrimEnd('.', ' '); // which Windows leaves out
        return TypeByExtension.GetValueOrDefault(name[(name.LastIndexOf('.') + 1)..]) is { } type && name.Contains('.', StringComparison.Ordinal) ? type : null;
    }
}
