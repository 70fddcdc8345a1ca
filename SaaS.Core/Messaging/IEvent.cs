namespace SaaS.Core.Messaging;

/// <summary>An event that is published to subscribers. Its type is also its topic; its fields never change their meaning.</summary>
internal interface IEvent
{
    /// <summary>The event type: a noun and a past participle, e.g. <c>document.uploaded</c>.</summary>
    static abstract string Type { get; }
}
