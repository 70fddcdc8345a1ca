namespace SaaS.Core.Messaging;

/// <summary>A fact that has happened, told to whoever wants to know. Its type is its topic; its fields never change their meaning.</summary>
internal interface IEvent
{
    /// <summary>Noun and past participle: <c>document.uploaded</c>.</summary>
    static abstract string Type { get; }
}
