namespace SaaS.Core.Design;

/// <summary>The width of a page.</summary>
public enum PageWidth
{
    /// <summary>A card in the middle, for a single task such as signing in.</summary>
    Narrow,

    /// <summary>A column of text.</summary>
    Text,

    /// <summary>The width of the window, for tables.</summary>
    Wide,
}
